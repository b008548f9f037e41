package graft.cli.network;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Confirm;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft network prune`.
final class NetworkPrune implements Verb {
  @Override
  public Options options() {
    return new Options("network prune", "Remove networks that no container uses")
        .arguments(0, 0)
        .list("KEY=VALUE", "Only those that match: until=24h, label=KEY", "--filter")
        .flag("Do not ask", "-f", "--force")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .example("graft network prune", "all of them, after a question");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String warning = "This will remove all custom networks not used by at least one container.";
    if (!Confirm.ask(line, warning)) {
      return 0;
    }
    Json pruned = engine.post("/networks/prune" + Engine.query("filters", Filters.json(line)));
    if (!Listing.raw(line, pruned) && !pruned.at("NetworksDeleted").isEmpty()) {
      System.out.println("Deleted Networks:");
      pruned.at("NetworksDeleted").texts().forEach(System.out::println);
      System.out.println();
    }
    return 0;
  }
}
