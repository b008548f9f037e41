package graft.cli.command;

import graft.cli.http.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `graft demo`: the script `scripts/demo.sh` beside the launcher, which uses nothing but verbs.
public final class Demo implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Show in a minute what Graft is: images, layers, the tree");
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
