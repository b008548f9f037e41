package graft.cli.rollout;

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

/// `graft generations`.
final class Generations implements Verb {
  @Override
  public Options options() {
    return new Options("generations", "List roll-outs, newest first")
        .arguments(0, 0)
        .listed("Only print the numbers")
        .details("STATE is 'partly moved' if some of the names have gone on since.")
        .example("graft generations", "what was rolled out, and when");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json all = engine.get("/graft/v1/lineage/generations");
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table =
        new Table(
            "Generation=GENERATION",
            "Created=CREATED",
            "Names=NAMES",
            "State=STATE",
            "What=WHAT",
            " Plan=PLAN");
    for (Json one : all.items()) {
      table.add(
          one.at("generation").text(),
          Human.ago(Instant.parse(one.at("created").text()).getEpochSecond()),
          Integer.toString(one.at("names").items().size()),
          one.at("state").text(),
          one.at("what").text(),
          one.at("plan").text());
    }
    Listing.print(line, table, "Generation");
    return 0;
  }
}
