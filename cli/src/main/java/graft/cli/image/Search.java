package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.system.Logins;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft search`.
final class Search implements Verb {
  private static final int SHORT = 45;

  @Override
  public Options options() {
    return new Options("search", "Look for images in Docker Hub or another registry")
        .arguments(1, 1, "[HOST/]TERM")
        .list("KEY=VALUE", "Only those that match; may be given more than once", "-f", "--filter")
        .number("N", "At most so many, up to 100 (25)", "--limit")
        .flag("Do not shorten", "--no-trunc")
        .listed("Only print the names")
        .details(
            """
            Filters: is-official=true, stars=N. A registry that has no search is asked for all its
            repositories; those whose name has the term in it are shown.\
            """)
        .example("graft search redis", "in Docker Hub")
        .example("graft search registry.lan:5000/web", "in another registry");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String term = line.argument(0);
    String query =
        Engine.query(
            "term",
            term,
            "limit",
            line.given("--limit") ? Long.toString(line.number("--limit", 0)) : null,
            "filters",
            Filters.json(line));
    Json all;
    try (Reply reply =
        engine.send("GET", "/images/search" + query, Logins.header(term), Body.NONE)) {
      all = reply.json();
    }
    if (Listing.raw(line, all)) {
      return 0;
    }
    boolean whole = line.flag("--no-trunc");
    Table table =
        new Table("Name=NAME", "Description=DESCRIPTION", "StarCount=STARS", "IsOfficial=OFFICIAL");
    for (Json one : all.items()) {
      String text = one.at("description").text().replaceAll("\\s+", " ");
      table.add(
          one.at("name").text(),
          whole ? text : Human.ellipsis(text, SHORT),
          Long.toString(one.at("star_count").number()),
          one.at("is_official").truth() ? "[OK]" : "");
    }
    Listing.print(line, table, "Name");
    return 0;
  }
}
