package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft pins`.
final class Pins implements Verb {
  @Override
  public Options options() {
    return new Options("pins", "List what is pinned")
        .arguments(0, 0)
        .listed("Only print the names")
        .example("graft pins", "all pins")
        .example("graft unpin $(graft pins -q)", "none any more");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json all = engine.get("/graft/v1/pins");
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table = new Table("Kind=KIND", "Name=NAME", " ID=ID");
    for (Json pin : all.items()) {
      table.add(pin.at("kind").text(), pin.at("name").text(), pin.at("id").text());
    }
    Listing.print(line, table, "Name");
    return 0;
  }
}
