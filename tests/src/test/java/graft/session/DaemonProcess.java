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
  /// For one whose answers tell the size of a subnet: other tests' bridges may have all of Docker's
  /// pools of that size.
  static final String OWN_POOL = "--default-address-pool=base=10.96.0.0/12,size=16";

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
    awaitSocket(daemon.process, dir);
    return daemon;
  }

  private static Process launch(Path dir, String bridge, List<String> options)
      throws IOException, InterruptedException {
    Files.deleteIfExists(dir.resolve("graft.sock"));
    List<String> command = new ArrayList<>(GraftProgram.DAEMON.command());
    command.addAll(options(dir, bridge));
    command.addAll(options);
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("daemon.log").toFile()))
        .start();
  }

  /// The directories, the bridge and the socket.
  static List<String> options(Path dir, String bridge) {
    return List.of(
        "--data-root",
        dir.resolve("data").toString(),
        "--run-root",
        dir.resolve("run").toString(),
        "--bridge",
        bridge,
        "-H",
        host(dir));
  }

  static String host(Path dir) {
    return "unix://" + dir.resolve("graft.sock");
  }

  /// Returns when the daemon of a directory listens.
  static void awaitSocket(Process process, Path dir) throws IOException, InterruptedException {
    for (int i = 0; i < 6000; i++) {
      if (answers(dir)) {
        return;
      }
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    throw new IOException(
        "the daemon did not start: " + Files.readString(dir.resolve("daemon.log")));
  }

  /// A socket has its name before anybody listens on it.
  private static boolean answers(Path dir) {
    try (SocketChannel _ =
        SocketChannel.open(UnixDomainSocketAddress.of(dir.resolve("graft.sock")))) {
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
    return host(dir);
  }

  long pid() {
    return process.pid();
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
    awaitSocket(process, dir);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
