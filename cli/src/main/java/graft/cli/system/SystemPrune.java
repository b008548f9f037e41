package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.verb.Confirm;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// `graft system prune`.
final class SystemPrune implements Verb {
  @Override
  public Options options() {
    return new Options("system prune", "Remove all that nobody uses")
        .arguments(0, 0)
        .flag("All images that no container uses, not only those without a name", "-a", "--all")
        .list("KEY=VALUE", "Only those that match: until=24h, label=KEY", "--filter")
        .flag("Do not ask", "-f", "--force")
        .flag("Anonymous volumes too", "--volumes")
        .details("Containers that have stopped, networks and images that no container uses.")
        .example("graft system prune", "tidy up, after a question")
        .example("graft system prune -af --volumes", "all that can go, at once");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean all = line.flag("--all");
    List<String> goes = new ArrayList<>();
    goes.add("all stopped containers");
    goes.add("all networks not used by at least one container");
    if (line.flag("--volumes")) {
      goes.add("all anonymous volumes not used by at least one container");
    }
    goes.add(
        all
            ? "all images without at least one container associated to them"
            : "all dangling images");
    String warning = "This will remove:\n  - " + String.join("\n  - ", goes) + "\n";
    if (!Confirm.ask(line, warning)) {
      return 0;
    }
    String filters = Engine.query("filters", Filters.json(line));
    long space = 0;
    space += deleted("Containers", engine.post("/containers/prune" + filters));
    space += deleted("Networks", engine.post("/networks/prune" + filters));
    if (line.flag("--volumes")) {
      space += deleted("Volumes", engine.post("/volumes/prune" + filters));
    }
    String images = Filters.json(line, List.of("dangling=" + !all));
    space += deleted("Images", engine.post("/images/prune" + Engine.query("filters", images)));
    System.out.println("Total reclaimed space: " + Human.size(space));
    return 0;
  }

  private static long deleted(String kind, Json pruned) {
    List<Json> names = pruned.at(kind + "Deleted").items();
    if (!names.isEmpty()) {
      System.out.println("Deleted " + kind + ":");
      for (Json name : names) {
        if (name.isObject()) {
          name.fields()
              .forEach((what, which) ->
                  System.out.println(what.toLowerCase(Locale.ROOT) + ": " + which.text()));
        } else {
          System.out.println(name.text());
        }
      }
      System.out.println();
    }
    return pruned.at("SpaceReclaimed").number();
  }
}
