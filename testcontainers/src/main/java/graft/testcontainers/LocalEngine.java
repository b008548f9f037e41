package graft.testcontainers;

import java.io.File;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The engine that is meant, and how to have it running.
final class LocalEngine {
  private static final String SCHEME = "unix://";
  private static final String USUAL = SCHEME + "/run/graft.sock";

  /// In seconds. The command may have to build Graft first.
  private static final int PATIENCE = 300;

  private final String host;
  private final String usual;
  private final Optional<Path> launcher;

  /// @param usual the host that `graft` starts an engine for
  private LocalEngine(String host, String usual, Optional<Path> launcher) {
    this.host = host;
    this.usual = usual;
    this.launcher = launcher;
  }

  static LocalEngine ofThisMachine() {
    return of(System.getenv(), System.getProperties(), USUAL);
  }

  /// The host is the property `graft.host`, else `GRAFT_HOST`, else the usual one; the command that
  /// starts one is the property `graft.launcher`, else `graft` on the path.
  static LocalEngine of(Map<String, String> environment, Properties properties, String usual) {
    String named = properties.getProperty("graft.host", environment.getOrDefault("GRAFT_HOST", ""));
    String command = properties.getProperty("graft.launcher", "");
    return new LocalEngine(
        named.isEmpty() ? usual : named,
        usual,
        command.isEmpty()
            ? onPath(environment.getOrDefault("PATH", ""))
            : Optional.of(Path.of(command)));
  }

  private static Optional<Path> onPath(String path) {
    return Stream.of(path.split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, "graft"))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /// As a URI: `unix:///run/graft.sock`.
  String host() {
    return host;
  }

  void ensureRunning() throws NoEngineException {
    if (!host.startsWith(SCHEME + "/")) {
      throw new NoEngineException(
          "GRAFT_HOST is "
              + host
              + ", and only unix sockets can be used without configuration; for an engine on another"
              + " machine set DOCKER_HOST, DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH");
    }
    Path socket = Path.of(host.substring(SCHEME.length()));
    Optional<IOException> refusal = connect(socket);
    if (refusal.isPresent()) {
      start(socket, refusal.get());
    }
  }

  private void start(Path socket, IOException refusal) throws NoEngineException {
    if (Files.exists(socket) && !Files.isWritable(socket)) {
      throw new NoEngineException(
          "this user may not use " + socket + ", which is for root and the group graft", refusal);
    }
    String silence = "no engine answers at " + socket + " (" + refusal.getMessage() + ")";
    if (!host.equals(usual)) {
      throw new NoEngineException(
          silence + ", which GRAFT_HOST names; start one: graft daemon --host " + host, refusal);
    }
    Path command =
        launcher.orElseThrow(() ->
            new NoEngineException(
                silence
                    + ", and there is no graft command on the PATH to start one; put it there,"
                    + " name it by -Dgraft.launcher=/path/to/graft, or run: graft daemon",
                refusal));
    run(command, silence);
    Optional<IOException> still = connect(socket);
    if (still.isPresent()) {
      throw new NoEngineException(
          silence + ", and " + command + " did not start one; run: graft daemon", still.get());
    }
  }

  private static Optional<IOException> connect(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  /// Every verb of `graft` that needs the engine starts it, and says why if it cannot.
  private static void run(Path command, String silence) throws NoEngineException {
    try {
      Path output = Files.createTempFile("graft-start", ".log");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command.toString(), "info")
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile());
        builder.environment().remove("GRAFT_HOST");
        Process process = builder.start();
        if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
          process.destroy();
          throw new NoEngineException(
              silence + ", and " + command + " started none within " + PATIENCE + " seconds");
        }
        if (process.exitValue() != 0) {
          throw new NoEngineException(silence + ", and none could be started: " + lastLine(output));
        }
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (NoEngineException e) {
      throw e;
    } catch (IOException e) {
      throw new NoEngineException(
          silence + ", and " + command + " cannot be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new NoEngineException(silence + ", and the wait for one was interrupted", e);
    }
  }

  private static String lastLine(Path output) throws IOException {
    return Files.readString(output, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((first, second) -> second)
        .orElse("it said nothing");
  }
}
