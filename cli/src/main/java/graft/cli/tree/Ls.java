package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.io.IOException;

/// Files of an image, read without making a container: `graft ls`, `cat` and `blame`.
public final class ImageFiles implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, name + ": look into an image without making a container")
        .flag("JSON", "--json")
        .arguments("IMAGE:/path");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String what = line.arguments(1, 1).getFirst();
    int slash = what.indexOf(":/");
    String image = slash < 0 ? what : what.substring(0, slash);
    String path = slash < 0 ? "/" : what.substring(slash + 1);
    String base = "/graft/v1/images/" + Engine.encode(image);
    if (line.verb().equals("cat")) {
      String query = Engine.query("path", path, "op", "cat");
      try (Reply reply = engine.send("GET", base + "/files" + query, Body.NONE)) {
        reply.body().transferTo(System.out);
      }
      return 0;
    }
    boolean ls = line.verb().equals("ls");
    Json answer =
        engine.get(
            base + (ls ? "/files" : "/blame") + Engine.query("path", path, "op", ls ? "list" : ""));
    if (line.flag("--json") || !ls) {
      System.out.println(answer.pretty());
      return 0;
    }
    Table table = new Table("Mode=MODE", "Owner=OWNER", "Size=SIZE", "Layer=LAYER", "Name=NAME");
    for (Json entry : answer.at("entries").items()) {
      String link = entry.at("link").text();
      table.add(
          Long.toOctalString(entry.at("mode").number() & 07777),
          entry.at("uid").number() + ":" + entry.at("gid").number(),
          entry.at("size").text(),
          Human.shortId(entry.at("layer").text()),
          entry.at("name").text() + (link.isEmpty() ? "" : " -> " + link));
    }
    System.out.print(table.render(""));
    return 0;
  }
}
