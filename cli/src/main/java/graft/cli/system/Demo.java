package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `graft demo`: the script `scripts/demo.sh` beside the launcher, which uses nothing but verbs.
final class Demo implements Verb {
  @Override
  public Options options() {
    return new Options("demo", "Show in a minute what Graft is: images, layers, the tree")
        .arguments(0, 0)
        .details("Says each command before it runs it, and tidies up after itself.");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String launcher = System.getProperty("graft.launcher", "");
    Path script = Path.of(launcher).resolveSibling("scripts").resolve("demo.sh");
    if (launcher.isEmpty() || !Files.exists(script)) {
      throw new IOException("the demo is part of the source tree: run ./graft demo there");
    }
    try {
      return new ProcessBuilder("bash", script.toString()).inheritIO().start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
  }
}
