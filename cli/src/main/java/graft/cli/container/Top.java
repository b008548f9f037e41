package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `graft top`.
final class Top implements Verb {
  private static final int NARROWEST = 20;

  @Override
  public Options options() {
    return new Options("top", "List the processes of a container")
        .arguments(1, -1, "CONTAINER [PS OPTIONS]")
        .stopAtArgument()
        .flag("JSON", "--json")
        .example("graft top web", "its processes")
        .example("graft top web -o pid,rss,cmd", "other columns, as ps takes them");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> rest = line.arguments().subList(1, line.arguments().size());
    String query = Engine.query("ps_args", String.join(" ", rest));
    Json top = engine.get(Named.path(line.argument(0)) + "/top" + query);
    if (!Listing.raw(line, top)) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(top.at("Titles").texts());
      top.at("Processes").items().forEach(row -> rows.add(row.texts()));
      System.out.print(Table.align(rows, NARROWEST));
    }
    return 0;
  }
}
