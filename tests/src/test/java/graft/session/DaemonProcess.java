package graft.session;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A daemon of its own in a process of its own, on a directory of the test.
public final class DaemonProcess implements AutoCloseable {
  private final Path dir;
  private final String bridge;
  private Process process;

  private DaemonProcess(Path dir, String bridge, Process process) {
    this.dir = dir;
    this.bridge = bridge;
    this.process = process;
  }

  public static DaemonProcess start(Path dir, String bridge)
      throws IOException, InterruptedException {
    DaemonProcess daemon = new DaemonProcess(dir, bridge, launch(dir, bridge));
    daemon.awaitSocket();
    return daemon;
  }

  private static Process launch(Path dir, String bridge) throws IOException {
    Files.deleteIfExists(dir.resolve("graft.sock"));
    return new ProcessBuilder(
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
                "unix://" + dir.resolve("graft.sock")))
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

  String host() {
    return "unix://" + dir.resolve("graft.sock");
  }

  /// SIGKILL: no chance to tidy up.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  void startAgain() throws IOException, InterruptedException {
    process = launch(dir, bridge);
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
