package graft.cli.build;

import graft.cli.container.ContainerVerbs;
import graft.cli.http.Engine;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Parser;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.List;
import java.util.Objects;

/// `graft build --on-fail=shell`: what `graft run --rm -it failed:ID` does.
final class OnFail {
  private OnFail() {}

  static void check(Line line) {
    if (!line.given("--on-fail")) {
      return;
    }
    if (!line.text("--on-fail").equals("shell")) {
      throw line.refuse("--on-fail is shell, not " + line.text("--on-fail"));
    }
    if (!Terminal.is(0)) {
      throw line.refuse("--on-fail=shell needs a terminal to type at");
    }
  }

  /// Until the shell ends.
  static void open(Engine engine, String image) throws IOException {
    System.err.println("A shell in " + image + "; 'exit' ends it.");
    Verb run = Objects.requireNonNull(ContainerVerbs.find("run"));
    var _ = run.run(Parser.parse(run.options(), List.of("--rm", "-it", image)), engine);
  }
}
