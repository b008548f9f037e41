package graft.client;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.cli.http.Engine;
import graft.cli.http.UnixEndpoint;
import graft.cli.json.Json;
import graft.session.DaemonProcess;
import graft.session.GraftProgram;
import graft.session.Session;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A daemon for the tests of one client, with the image `busybox:latest` of Debian's busybox. When
/// it is closed, everything that was made on it is removed.
final class ClientEngine implements AutoCloseable {
  private final Path dir;
  private final String bridge;
  private final DaemonProcess daemon;

  private ClientEngine(Path dir, String bridge, DaemonProcess daemon) {
    this.dir = dir;
    this.bridge = bridge;
    this.daemon = daemon;
  }

  /// Its bridge is named after this process: classes that are at work at once are in several, and
  /// those of one process come one after the other.
  static ClientEngine start(Path dir) throws IOException, InterruptedException {
    assumeTrue(Session.has("busybox"), "busybox-static is not installed");
    String bridge = "graft-" + ProcessHandle.current().pid();
    Path files = Files.createDirectories(dir.resolve("files"));
    new Session("", files).furnish();
    ClientEngine engine = new ClientEngine(dir, bridge, DaemonProcess.start(dir, bridge));
    engine
        .graft(
            "import",
            "-c",
            "CMD [\"sh\"]",
            "-c",
            "ENV PATH=/bin:/sbin:/usr/bin:/usr/sbin",
            files.resolve("busybox.tar").toString(),
            "busybox:latest")
        .output();
    return engine;
  }

  String host() {
    return "unix://" + daemon.socket();
  }

  Path socket() {
    return daemon.socket();
  }

  /// A program that finds the engine as docker's clients do.
  Command command(Path directory, String... words) {
    return new Command(
        directory,
        Map.of("DOCKER_HOST", host(), "DOCKER_CONFIG", dir.toString(), "LC_ALL", "C.UTF-8"),
        List.of(words));
  }

  /// What Graft's API says: what another client did, seen from outside.
  ///
  /// @param path without the version
  Json get(String path) throws IOException {
    return api().get(path);
  }

  /// The names or ids of all containers, networks or volumes that a filter lets through.
  ///
  /// @param path of the list
  /// @param field of each entry
  List<String> list(String path, String field, String... labels) throws IOException {
    String filters = Json.of(Map.of("label", List.of(labels))).write();
    String query = "?all=1&filters=" + URLEncoder.encode(filters, StandardCharsets.UTF_8);
    Json answer = get(path + query);
    List<Json> items = answer.isList() ? answer.items() : answer.at("Volumes").items();
    return items.stream().map(item -> item.at(field).text()).toList();
  }

  private Engine api() {
    return new Engine(
        new UnixEndpoint(socket()),
        e -> {
          throw e;
        });
  }

  /// Graft's own command.
  Command.Result graft(String... arguments) throws IOException, InterruptedException {
    return graft(dir).with(arguments).run();
  }

  /// The same in another directory.
  Command graft(Path directory) throws IOException, InterruptedException {
    return new Command(
        directory,
        Map.of("GRAFT_HOST", host(), "DOCKER_CONFIG", dir.toString(), "LC_ALL", "C.UTF-8"),
        GraftProgram.CLIENT.command());
  }

  /// A TCP port of this machine that nobody uses now.
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      for (String id : list("/containers/json", "Id")) {
        api().delete("/containers/" + id + "?force=1&v=1");
      }
      api().post("/networks/prune");
      daemon.close();
      new ProcessBuilder("ip", "link", "del", bridge)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
