package graft.registry;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Debian's docker-registry on a free port of the loopback interface, on a directory of the test.
public final class RegistryProcess implements AutoCloseable {
  /// Of the access log.
  private static final Pattern REQUEST = Pattern.compile("\"([A-Z]+ \\S+) HTTP/1\\.1\"");

  private final Process process;
  private final String host;
  private final Path log;

  private RegistryProcess(Process process, String host, Path log) {
    this.process = process;
    this.host = host;
    this.log = log;
  }

  /// Whether it can be started here.
  public static boolean installed() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .anyMatch(d -> new File(d, "docker-registry").canExecute());
  }

  /// Returns once it listens.
  ///
  /// @param http further lines of the section `http`, indented by two
  /// @param sections further sections
  public static RegistryProcess start(Path directory, String http, String sections)
      throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      port = free.getLocalPort();
    }
    Path config = directory.resolve("registry-" + port + ".yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log:
          level: error
        storage:
          filesystem:
            rootdirectory: %s
        http:
          addr: 127.0.0.1:%d
        %s
        %s
        """
            .formatted(directory.resolve("registry-" + port), port, http, sections));
    Path log = directory.resolve("registry-" + port + ".log");
    Process process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    for (int i = 0; !listens(port); i++) {
      if (i == 2400 || process.waitFor(50, TimeUnit.MILLISECONDS)) {
        process.destroy();
        throw new IOException("docker-registry does not listen: " + Files.readString(log));
      }
    }
    return new RegistryProcess(process, "127.0.0.1:" + port, log);
  }

  private static boolean listens(int port) {
    try (var _ = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// The requests that it has answered, as `HEAD /v2/name/manifests/tag`.
  public List<String> requests() throws IOException {
    return Files.readAllLines(log).stream()
        .map(REQUEST::matcher)
        .filter(Matcher::find)
        .map(m -> m.group(1))
        .toList();
  }

  /// Address and port.
  public String host() {
    return host;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("docker-registry did not end within two minutes");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
