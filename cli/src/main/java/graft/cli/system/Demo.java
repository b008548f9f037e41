package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `graft demo`: a script beside the launcher, which uses nothing but verbs. `demo.sh` shows
/// images, layers and the tree; `demo-tree.sh` what the tree is good for.
final class Demo implements Verb {
  @Override
  public Options options() {
    return new Options("demo", "Show in a minute what Graft is: images, layers, the tree")
        .arguments(0, 1, "", "tree")
        .details(
            """
            Says each command before it runs it, and tidies up after itself.

            With tree: builds ten images of Debian packages on an outdated base, shows what is
            vulnerable at the image that brought it in, fixes that one image, lets the others
            inherit the fix, and takes it back. Needs a Debian mirror, and about two minutes.\
            """)
        .example("graft demo tree", "fix one image, and with it all that derive from it");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String launcher = System.getProperty("graft.launcher", "");
    String which = line.argumentOrNone(0);
    if (!which.isEmpty() && !which.equals("tree")) {
      throw line.refuse(
          "there is no demo " + which + "; there are 'graft demo' and 'graft demo tree'");
    }
    Path script =
        Path.of(launcher)
            .resolveSibling("scripts")
            .resolve(which.isEmpty() ? "demo.sh" : "demo-tree.sh");
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
