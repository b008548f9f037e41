package graft.cli;

import graft.cli.http.UnixEndpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Starts the engine on first use: `graft daemon` in a session of its own, with its log beside its
/// state.
final class EngineStart {
  private static final Path STATE = Path.of("/var/lib/graft");
  private static final int SECONDS = 10;

  private EngineStart() {}

  static void start(Path socket, boolean ours, IOException cause) throws IOException {
    @Nullable String launcher = System.getProperty("graft.launcher");
    boolean root = "root".equals(System.getProperty("user.name"));
    if (!ours || !root || launcher == null) {
      throw new IOException(
          "no engine answers at "
              + socket
              + " ("
              + cause.getMessage()
              + "); start one as root with 'graft daemon', or name another with --host or"
              + " GRAFT_HOST",
          cause);
    }
    Files.createDirectories(STATE);
    Path log = STATE.resolve("graft.log");
    Process engine =
        new ProcessBuilder("setsid", launcher, "daemon")
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    try {
      while (System.nanoTime() < end) {
        if (engine.waitFor(20, TimeUnit.MILLISECONDS)) {
          throw new IOException("the engine did not start; its log is " + log, cause);
        }
        if (accepts(socket)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
    throw new IOException(
        "the engine was started but did not answer within 10 seconds; its log is " + log, cause);
  }

  private static boolean accepts(Path socket) {
    try (var connection = new UnixEndpoint(socket).open()) {
      return connection.output() != null;
    } catch (IOException notYet) {
      return false;
    }
  }
}
