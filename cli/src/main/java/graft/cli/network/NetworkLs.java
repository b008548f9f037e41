package graft.cli.network;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft network ls`.
final class NetworkLs implements Verb {
  @Override
  public Options options() {
    return new Options("network ls", "List networks")
        .arguments(0, 0)
        .filter()
        .flag("Do not shorten", "--no-trunc")
        .listed("Only print the IDs")
        .details("Filters: id, name, label, driver, scope, type, dangling.")
        .example("graft network ls", "all networks");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json all = engine.get("/networks" + Engine.query("filters", Filters.json(line)));
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table =
        new Table(
            "ID=NETWORK ID",
            "Name=NAME",
            "Driver=DRIVER",
            "Scope=SCOPE",
            " IPv4=IPV4",
            " IPv6=IPV6",
            " Internal=INTERNAL",
            " Labels=LABELS",
            " CreatedAt=CREATED AT");
    for (Json n : all.items()) {
      String id = n.at("Id").text();
      table.add(
          line.flag("--no-trunc") ? id : Human.shortId(id),
          n.at("Name").text(),
          n.at("Driver").text(),
          n.at("Scope").text(),
          Boolean.toString(n.at("EnableIPv4").truth()),
          Boolean.toString(n.at("EnableIPv6").truth()),
          Boolean.toString(n.at("Internal").truth()),
          Listing.pairs(n.at("Labels")),
          n.at("Created").text());
      table.labels(n.at("Labels"));
    }
    Listing.print(line, table, "ID");
    return 0;
  }
}
