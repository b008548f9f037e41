package graft.cli.image;

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

/// `graft image prune`.
final class ImagePrune implements Verb {
  @Override
  public Options options() {
    return new Options("image prune", "Remove images that nobody uses")
        .arguments(0, 0)
        .flag("All that no container uses, not only those without a name", "-a", "--all")
        .list("KEY=VALUE", "Only those that match: until=24h, label=KEY", "--filter")
        .flag("Do not ask", "-f", "--force")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .example("graft image prune", "those without a name")
        .example("graft image prune -a --filter until=240h", "all unused ones older than ten days");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean all = line.flag("--all");
    String warning =
        all
            ? "This will remove all images without at least one container associated to them."
            : "This will remove all dangling images.";
    if (!Confirm.ask(line, warning)) {
      return 0;
    }
    String filters = Filters.json(line, List.of("dangling=" + !all));
    Json pruned = engine.post("/images/prune" + Engine.query("filters", filters));
    if (Listing.raw(line, pruned)) {
      return 0;
    }
    if (!pruned.at("ImagesDeleted").isEmpty()) {
      System.out.println("Deleted Images:");
      for (Json step : pruned.at("ImagesDeleted").items()) {
        step.fields()
            .forEach((what, which) ->
                System.out.println(what.toLowerCase(java.util.Locale.ROOT) + ": " + which.text()));
      }
      System.out.println();
    }
    System.out.println(
        "Total reclaimed space: " + Human.size(pruned.at("SpaceReclaimed").number()));
    return 0;
  }
}
