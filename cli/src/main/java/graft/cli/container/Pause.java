package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft pause` and `graft unpause`.
final class Pause implements Verb {
  private final String name;

  Pause(String name) {
    this.name = name;
  }

  @Override
  public Options options() {
    return name.equals("pause")
        ? new Options(name, "Freeze all processes of containers, without ending them")
            .arguments(1, -1, "CONTAINER...")
            .example("graft pause batch", "freeze it; 'graft unpause batch' lets it go on")
        : new Options(name, "Let paused containers go on")
            .arguments(1, -1, "CONTAINER...")
            .example("graft unpause batch", "let it go on");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    return Named.post(line, engine, "/" + name);
  }
}
