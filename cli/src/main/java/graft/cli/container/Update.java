package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.Map;

/// `graft update`.
final class Update implements Verb {
  @Override
  public Options options() {
    return ResourceLimits.options(
            new Options("update", "Change the limits of containers, or when they restart")
                .arguments(1, -1, "CONTAINER..."))
        .example("graft update --memory 1g --memory-swap 1g web", "another memory limit")
        .example("graft update --restart unless-stopped web", "start it again if it ends");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Map<String, Object> wanted = ResourceLimits.of(line);
    if (wanted.isEmpty()) {
      throw line.refuse("there is nothing to change: give a limit, as --memory 1g");
    }
    return Named.each(
        line,
        (path, name) -> {
          var answer = engine.post(path + "/update", wanted);
          answer.at("Warnings").texts().forEach(w -> System.err.println("WARNING: " + w));
          System.out.println(name);
        });
  }
}
