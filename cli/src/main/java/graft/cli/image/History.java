package graft.cli.image;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft history`.
final class History implements Verb {
  private static final int SHORT = 45;

  @Override
  public Options options() {
    return new Options("history", "Show the steps that made an image, the newest first")
        .arguments(1, 1, "IMAGE")
        .flag("Sizes and times as people say them (true)", "-H", "--human")
        .flag("Do not shorten", "--no-trunc")
        .value("OS/ARCH", "Of this platform", "--platform")
        .listed("Only print the IDs")
        .details(
            """
            A step of 0B made no layer. 'graft layers' lists the layers themselves.\
            """)
        .example("graft history busybox", "how busybox was made")
        .example("graft history --no-trunc --format '{{.CreatedBy}}' busybox", "whole commands");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean whole = line.flag("--no-trunc");
    boolean human = line.flag("--human", true);
    Json all = engine.get("/images/" + Engine.encode(line.argument(0)) + "/history");
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table =
        new Table(
            "ID=IMAGE",
            (human ? "" : " ") + "CreatedSince=CREATED",
            (human ? " " : "") + "CreatedAt=CREATED AT",
            "CreatedBy=CREATED BY",
            "Size=SIZE",
            "Comment=COMMENT");
    boolean at = !human || Listing.wants(line, "CreatedAt");
    for (Json step : all.items()) {
      String by = step.at("CreatedBy").text().replace('\t', ' ');
      String id = step.at("Id").text();
      long created = step.at("Created").number();
      long size = step.at("Size").number();
      table.add(
          whole ? id : Human.shortId(id),
          Human.ago(created),
          at ? java.time.Instant.ofEpochSecond(created).toString() : "",
          whole ? by : Human.ellipsis(by, SHORT),
          human ? Human.size(size) : Long.toString(size),
          step.at("Comment").text());
    }
    Listing.print(line, table, "ID");
    return 0;
  }
}
