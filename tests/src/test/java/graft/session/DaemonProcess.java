package graft.session;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A daemon of its own in a process of its own, on a directory of the test.
public final class DaemonProcess implements AutoCloseable {
  private final Path dir;
  private final String bridge;
  private final List<String> options;
  private Process process;

  private DaemonProcess(Path dir, String bridge, List<String> options, Process process) {
    this.dir = dir;
    this.bridge = bridge;
    this.options = options;
    this.process = process;
  }

  /// @param options more than the directories, the bridge and a socket
  public static DaemonProcess start(Path dir, String bridge, String... options)
      throws IOException, InterruptedException {
    List<String> more = List.of(options);
    DaemonProcess daemon = new DaemonProcess(dir, bridge, more, launch(dir, bridge, more));
    daemon.awaitSocket();
    return daemon;
  }

  private static Process launch(Path dir, String bridge, List<String> options) throws IOException {
    Files.deleteIfExists(dir.resolve("graft.sock"));
    List<String> command =
        new ArrayList<>(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "graft.docker.Daemon",
                "--data-root",
                dir.resolve("data").toString(),
                "--run-root",
                dir.resolve("run").toString(),
                "--bridge",
                bridge,
                "-H",
                "unix://" + dir.resolve("graft.sock")));
    command.addAll(options);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("daemon.log").toFile()))
        .start();
  }

  private void awaitSocket() throws IOException, InterruptedException {
    for (int i = 0; i < 300; i++) {
      if (answers()) {
        return;
      }
      if (process.waitFor(100, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    throw new IOException(
        "the daemon did not start: " + Files.readString(dir.resolve("daemon.log")));
  }

  /// A socket has its name before anybody listens on it.
  private boolean answers() {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  public Path socket() {
    return dir.resolve("graft.sock");
  }

  /// What it wrote so far.
  String log() throws IOException {
    return Files.readString(dir.resolve("daemon.log"));
  }

  String host() {
    return "unix://" + dir.resolve("graft.sock");
  }

  /// How many files it has open.
  long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      return open.count();
    }
  }

  /// SIGKILL: no chance to tidy up.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  void startAgain() throws IOException, InterruptedException {
    process = launch(dir, bridge, options);
    awaitSocket();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
