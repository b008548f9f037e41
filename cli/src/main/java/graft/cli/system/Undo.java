package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// `graft undo`.
final class Undo implements Verb {
  @Override
  public Options options() {
    return new Options("undo", "Bring back what was removed")
        .arguments(0, -1, "[NAME...]")
        .value("NEW", "Under another name, should the old one be taken", "--name")
        .details(
            """
            Without NAME the last removal is undone: a container with its files, its anonymous
            volumes if they were removed with it, and its settings, stopped; a volume with its
            files; an image with those of its names that are free. 'graft trash ls' lists what there
            is. The engine keeps removed things for an hour and up to 1 GiB (or a twentieth of the
            disk) unless it is told otherwise; containers of 'run --rm' are never kept.\
            """)
        .example("graft undo", "the last rm, rmi, volume rm or prune of one thing")
        .example("graft undo web", "the container, image or volume web that was removed")
        .example("graft undo --name old-web web", "under another name");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> names = line.arguments();
    if (names.size() > 1 && line.given("--name")) {
      throw line.refuse("--name is for one thing");
    }
    for (String name : names.isEmpty() ? List.of("") : names) {
      Json done =
          engine.post("/graft/v1/trash/undo", Map.of("name", name, "as", line.text("--name")));
      for (Json entry : done.at("restored").items()) {
        System.out.println(
            "brought back " + entry.at("kind").text() + " " + entry.at("name").text());
      }
      System.out.flush();
      done.at("remarks").texts().forEach(remark -> System.err.println("graft: " + remark));
    }
    return 0;
  }
}
