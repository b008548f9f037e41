package graft.cli;

import graft.cli.http.UnixEndpoint;
import graft.rootless.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Starts the engine on first use: `graft daemon` in a session of its own, with its log beside its
/// state.
final class EngineStart {
  private static final int SECONDS = 30;
  private static final String PREFIX = "graft: ";

  private EngineStart() {}

  static void start(Path socket, boolean ours, IOException cause) throws IOException {
    @Nullable String launcher = System.getProperty("graft.launcher");
    if (!ours || launcher == null) {
      throw new IOException(
          "no engine answers at "
              + socket
              + " ("
              + cause.getMessage()
              + "); start one with 'graft daemon', or name another with --host or"
              + " GRAFT_HOST",
          cause);
    }
    Path state = Files.createDirectories(Places.own().data());
    Path log = state.resolve("graft.log");
    long before = Files.exists(log) ? Files.size(log) : 0;
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
          throw new IOException(failure(log, before), cause);
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
        "the engine was started but did not answer within 30 seconds; its log is " + log, cause);
  }

  /// With what it said last, which is why.
  private static String failure(Path log, long before) throws IOException {
    byte[] all = Files.readAllBytes(log);
    int from = (int) Math.min(before, all.length);
    String said = new String(all, from, all.length - from, StandardCharsets.UTF_8);
    List<String> ours = said.lines().filter(line -> line.startsWith(PREFIX)).toList();
    return ours.isEmpty()
        ? "the engine did not start; its log is " + log
        : "the engine did not start: " + ours.getLast().substring(PREFIX.length());
  }

  private static boolean accepts(Path socket) {
    try (var connection = new UnixEndpoint(socket).open()) {
      return connection.output() != null;
    } catch (IOException notYet) {
      return false;
    }
  }
}
