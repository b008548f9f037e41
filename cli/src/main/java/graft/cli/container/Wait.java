package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft wait`.
final class Wait implements Verb {
  @Override
  public Options options() {
    return new Options("wait", "Wait until containers end, and print their exit codes")
        .arguments(1, -1, "CONTAINER...")
        .example("graft wait job", "the exit code of job, once it has one");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    return Named.each(
        line,
        (path, name) -> System.out.println(engine.post(path + "/wait").at("StatusCode").number()));
  }
}
