package graft.cli.volume;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Table;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft volume ls`.
final class VolumeLs implements Verb {
  @Override
  public Options options() {
    return new Options("volume ls", "List volumes")
        .arguments(0, 0)
        .filter()
        .listed("Only print the names")
        .details("Filters: name, label, driver, dangling (true: no container uses it).")
        .example("graft volume ls", "all volumes")
        .example("graft volume ls -q --filter dangling=true", "names of those nobody uses");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json all = engine.get("/volumes" + Engine.query("filters", Filters.json(line))).at("Volumes");
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table =
        new Table(
            "Driver=DRIVER",
            "Name=VOLUME NAME",
            " Scope=SCOPE",
            " Mountpoint=MOUNTPOINT",
            " Labels=LABELS",
            " Links=LINKS",
            " Size=SIZE",
            " Availability=AVAILABILITY",
            " Group=GROUP",
            " Status=STATUS");
    for (Json v : all.items()) {
      table.add(
          v.at("Driver").text(),
          v.at("Name").text(),
          v.at("Scope").text(),
          v.at("Mountpoint").text(),
          Listing.pairs(v.at("Labels")),
          "N/A",
          "N/A",
          "N/A",
          "N/A",
          "N/A");
      table.labels(v.at("Labels"));
    }
    Listing.print(line, table, "Name");
    return 0;
  }
}
