package graft.cli.image;

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
import java.util.ArrayList;
import java.util.List;

/// `graft tags`.
final class Tags implements Verb {
  private static final int PAGE = 25;
  private static final int LARGEST_PAGE = 100;

  @Override
  public Options options() {
    return new Options("tags", "List the tags that an image has in its registry")
        .arguments(1, 1, "IMAGE")
        .flag("All, not the first 25", "-a", "--all")
        .list("PATTERN", "Only tags that fit, as '1.*' or '*-alpine'", "-f", "--filter")
        .number("N", "So many", "--limit")
        .flag("Do not shorten", "--no-trunc")
        .listed("Only print the tags, without looking at each")
        .details(
            """
            Nothing is pulled. Numbers count as numbers, so 1.10 stands before 1.9. The size is what
            a pull to this machine would download, if nothing of it were here.\
            """)
        .example("graft tags busybox", "the newest ones of Docker Hub's busybox")
        .example("graft tags --filter '3.*-alpine' --limit 5 registry.lan:5000/py", "five of them");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String image = line.argument(0);
    if (!image.contains("@") && !Pulling.withTag(image).equals(image + ":latest")) {
      throw line.refuse("tags wants a name without a tag, not " + image);
    }
    boolean names = line.flag("--quiet");
    long wanted = line.flag("--all") ? Long.MAX_VALUE : line.number("--limit", PAGE);
    List<Json> all = new ArrayList<>();
    boolean more = true;
    Json page = Json.of(List.of());
    while (more && all.size() < wanted) {
      String after = all.isEmpty() ? null : all.getLast().at("Tag").text();
      long limit = names ? wanted - all.size() : Math.min(LARGEST_PAGE, wanted - all.size());
      String query =
          Engine.query(
              "name",
              image,
              "filter",
              line.list("--filter").isEmpty() ? null : pattern(line.list("--filter")),
              "after",
              after,
              "limit",
              Long.toString(Math.min(limit, Integer.MAX_VALUE)),
              "names",
              names ? "1" : null);
      try (Reply reply =
          engine.send("GET", "/graft/v1/tags" + query, Logins.header(image), Body.NONE)) {
        page = reply.json();
      }
      all.addAll(page.at("Tags").items());
      more = page.at("More").truth();
    }
    if (line.flag("--json")) {
      System.out.println(Json.of(all).pretty());
      return 0;
    }
    boolean whole = line.flag("--no-trunc");
    Table table = new Table("Tag=TAG", "Size=SIZE", "Platforms=PLATFORMS", "Digest=DIGEST");
    for (Json tag : all) {
      long size = tag.at("Size").number();
      String digest = tag.at("Digest").text();
      String trouble = tag.at("Error").text();
      table.add(
          tag.at("Tag").text(),
          size < 0 || names ? "" : Human.size(size),
          trouble.isEmpty() ? String.join(", ", tag.at("Platforms").texts()) : trouble,
          whole ? digest : Human.shortId(digest));
    }
    Listing.print(line, table, "Tag");
    if (more && !names) {
      System.err.println(
          "These are "
              + all.size()
              + " of "
              + page.at("Total").number()
              + "; --all shows the rest.");
    }
    return 0;
  }

  /// Several patterns are alternatives.
  private static String pattern(List<String> all) {
    return all.size() == 1 ? all.getFirst() : "{" + String.join(",", all) + "}";
  }
}
