package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.verb.Confirm;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft container prune`.
final class ContainerPrune implements Verb {
  @Override
  public Options options() {
    return new Options("container prune", "Remove all containers that have stopped")
        .list("KEY=VALUE", "Only those that match: until=24h, label=KEY", "--filter")
        .flag("Do not ask", "-f", "--force")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .example("graft container prune", "all of them, after a question")
        .example("graft container prune -f --filter until=24h", "those older than a day");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    if (!Confirm.ask(line, "This will remove all stopped containers.")) {
      return 0;
    }
    Json pruned = engine.post("/containers/prune" + Engine.query("filters", Filters.json(line)));
    if (Listing.raw(line, pruned)) {
      return 0;
    }
    if (!pruned.at("ContainersDeleted").isEmpty()) {
      System.out.println("Deleted Containers:");
      pruned.at("ContainersDeleted").texts().forEach(System.out::println);
      System.out.println();
    }
    System.out.println(
        "Total reclaimed space: " + Human.size(pruned.at("SpaceReclaimed").number()));
    return 0;
  }
}
