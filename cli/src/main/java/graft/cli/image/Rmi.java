package graft.cli.image;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft rmi`.
final class Rmi implements Verb {
  @Override
  public Options options() {
    return new Options("rmi", "Remove names of images, and images that have no name left")
        .arguments(1, -1, "IMAGE...")
        .flag("Even if stopped containers use it; no error if there is none", "-f", "--force")
        .flag("Keep parents without a name", "--no-prune")
        .details(
            """
            Layers that other images share stay. An image that others derive from is still in 'graft
            tree' afterwards, as deleted.\
            """)
        .example("graft rmi my/web:1", "remove one name, and the image if it was its last")
        .example("graft rmi $(graft images -q --filter dangling=true)", "all without a name");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String query =
        Engine.query(
            "force",
            line.flag("--force") ? "1" : "",
            "noprune",
            line.flag("--no-prune") ? "1" : "");
    int code = 0;
    for (String name : line.arguments()) {
      try {
        for (Json step : engine.delete("/images/" + Engine.encode(name) + query).items()) {
          step.fields().forEach((what, which) -> System.out.println(what + ": " + which.text()));
        }
      } catch (ApiException e) {
        System.out.flush();
        System.err.println("graft: " + e.getMessage());
        code = e.status() == 404 && line.flag("--force") ? code : 1;
      }
    }
    return code;
  }
}
