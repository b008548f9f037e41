package graft.cli.volume;

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
import java.util.List;

/// `graft volume prune`.
final class VolumePrune implements Verb {
  @Override
  public Options options() {
    return new Options("volume prune", "Remove volumes that no container uses")
        .arguments(0, 0)
        .flag("Those with a name too, not only anonymous ones", "-a", "--all")
        .list("KEY=VALUE", "Only those that match: label=KEY", "--filter")
        .flag("Do not ask", "-f", "--force")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .example("graft volume prune", "the anonymous ones, after a question")
        .example("graft volume prune -a", "all that no container uses");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean all = line.flag("--all");
    String warning =
        "This will remove "
            + (all ? "all" : "anonymous")
            + " local volumes not used by at least one container.";
    if (!Confirm.ask(line, warning)) {
      return 0;
    }
    String filters = Filters.json(line, all ? List.of("all=true") : List.of());
    Json pruned = engine.post("/volumes/prune" + Engine.query("filters", filters));
    if (Listing.raw(line, pruned)) {
      return 0;
    }
    if (!pruned.at("VolumesDeleted").isEmpty()) {
      System.out.println("Deleted Volumes:");
      pruned.at("VolumesDeleted").texts().forEach(System.out::println);
      System.out.println();
    }
    System.out.println(
        "Total reclaimed space: " + Human.size(pruned.at("SpaceReclaimed").number()));
    return 0;
  }
}
