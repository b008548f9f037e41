package graft.cli.tree;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.system.Logins;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft outdated`: is there something newer behind the tags that images stand on?
final class Outdated implements Verb {
  @Override
  public Options options() {
    return new Options("outdated", "List images whose base is another one by now")
        .arguments(0, 0)
        .flag("Also those that are current, and those of which it is not known", "-a", "--all")
        .listed("Only print the IDs of the images")
        .details(
            """
            Asks the registries what stands behind the tags of the bases, several at once; nothing is
            pulled. An image is outdated if what it stands on has moved on, or it has itself. Where
            it cannot be told, --all says why. Exits with 0 whatever it finds.\
            """)
        .example("graft outdated", "what should be built or rebased anew");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json answer;
    try (Reply reply =
        engine.send("GET", "/graft/v1/lineage/outdated", Logins.headerOfAll(engine), Body.NONE)) {
      answer = reply.json();
    }
    if (Listing.raw(line, answer)) {
      return 0;
    }
    Table table =
        new Table(
            " ID=ID",
            "Image=IMAGE",
            "State=STATE",
            "Base=BASE",
            "Digest=DIGEST",
            "Newer=NEWER",
            "Reason=REASON");
    int unknown = 0;
    for (Json one : answer.at("images").items()) {
      String state = one.at("state").text();
      unknown += state.equals("unknown") ? 1 : 0;
      if (state.equals("outdated") || line.flag("--all")) {
        table.add(
            one.at("image").text(),
            Places.name(one.at("names").texts(), one.at("image").text()),
            state,
            one.at("base", "name").text(),
            Human.shortId(one.at("base", "digest").text()),
            Human.shortId(one.at("newer", "digest").text()),
            one.at("reason").text());
      }
    }
    Listing.print(line, table, "ID");
    System.out.flush();
    if (unknown > 0 && !line.flag("--all") && !line.flag("--quiet")) {
      System.err.println("graft: of " + unknown + " images it is not known; --all says why");
    }
    return 0;
  }
}
