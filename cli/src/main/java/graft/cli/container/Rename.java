package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft rename`.
final class Rename implements Verb {
  @Override
  public Options options() {
    return new Options("rename", "Give a container another name")
        .arguments(2, 2, "CONTAINER NAME")
        .example("graft rename web old-web", "web is called old-web from now on");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String query = Engine.query("name", line.argument(1));
    engine.send("POST", Named.path(line.argument(0)) + "/rename" + query, Body.NONE).close();
    return 0;
  }
}
