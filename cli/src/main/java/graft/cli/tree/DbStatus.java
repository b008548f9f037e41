package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.time.Instant;

/// `graft db status`.
final class DbStatus implements Verb {
  @Override
  public Options options() {
    return new Options("db status", "Show which advisories were imported")
        .arguments(0, 0)
        .listed("Only print the names of the sources")
        .details(
            """
            The digest names all that the database says; reports name it too. NOT USED counts
            records, or parts of records, that were passed over at the import; --json has the
            reasons.\
            """)
        .example("graft db status", "the sources, and how old they are");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json status = engine.get("/graft/v1/lineage/db");
    if (Listing.raw(line, status)) {
      return 0;
    }
    if (!line.flag("--quiet") && !line.given("--format")) {
      System.out.println(
          "Database  "
              + status.at("digest").text()
              + ", "
              + Human.size(status.at("bytes").number()));
      System.out.println();
    }
    Table table =
        new Table(
            "Source=SOURCE",
            "Records=RECORDS",
            "Statements=STATEMENTS",
            "NotUsed=NOT USED",
            "Formats=FORMATS",
            "Imported=IMPORTED");
    for (Json source : status.at("sources").items()) {
      long skipped = source.at("skipped").fields().values().stream().mapToLong(Json::number).sum();
      table.add(
          source.at("name").text(),
          source.at("records").text(),
          source.at("statements").text(),
          Long.toString(skipped),
          String.join(", ", source.at("formats").texts()),
          Human.ago(Instant.parse(source.at("imported").text()).getEpochSecond()));
    }
    Listing.print(line, table, "Source");
    System.out.flush();
    if (!status.at("trouble").isEmpty()) {
      System.err.println("graft: " + status.at("trouble").text());
    }
    return 0;
  }
}
