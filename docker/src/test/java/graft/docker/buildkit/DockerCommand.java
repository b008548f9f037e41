package graft.docker.buildkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Ops;
import graft.docker.http.Access;
import graft.docker.http.Exchange;
import graft.docker.http.HttpServer;
import graft.docker.http.Router;
import graft.docker.json.Nodes;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Docker's own command line before [BuildKitRoutes] with [PretendedBuilds] behind them.
final class DockerCommand implements AutoCloseable {
  final PretendedBuilds builds;
  final Path dir;
  private final HttpServer server;
  private final Path socket;
  private final Path program;

  record Outcome(int exit, String out, String err) {
    Outcome good() {
      if (exit != 0) {
        throw new AssertionError("exit code " + exit + "\n" + out + err);
      }
      return this;
    }
  }

  DockerCommand(Path dir) throws IOException {
    this.dir = dir;
    Path plugins = Files.createDirectories(dir.resolve("docker/cli-plugins"));
    Optional<Path> buildx = plugin("docker-buildx");
    assumeTrue(buildx.isPresent(), "there is no docker-buildx");
    Optional<Path> docker = find("docker", List.of(System.getenv("PATH").split(":")));
    assumeTrue(docker.isPresent(), "there is no docker command");
    this.program = docker.orElseThrow();
    Files.createSymbolicLink(plugins.resolve("docker-buildx"), buildx.orElseThrow());
    Optional<Path> compose = plugin("docker-compose");
    if (compose.isPresent()) {
      Files.createSymbolicLink(plugins.resolve("docker-compose"), compose.get());
    }
    this.builds = new PretendedBuilds(new DirectoryFiles(dir.resolve("contents")));
    Router router = new Router();
    router.head("/_ping", DockerCommand::ping).get("/_ping", DockerCommand::ping);
    router.get("/version", DockerCommand::version).get("/info", DockerCommand::info);
    router.get(
        "/images/{name:.*}/json",
        x -> {
          ObjectNode json = Nodes.object();
          var image = builds.images.get(x.parameter("name"));
          if (image == null) {
            x.error(404, "No such image: " + x.parameter("name"));
          } else {
            json.put("Id", image.id().toString());
            x.json(200, json);
          }
        });
    new BuildKitRoutes(
            () -> builds,
            dir,
            () ->
                new Control.Worker(
                    "graft-test",
                    Map.of("org.mobyproject.buildkit.worker.moby.host-gateway-ip", "172.17.0.1"),
                    List.of(new Ops.Platform("amd64", "linux", "")),
                    List.of(),
                    new Control.BuildkitVersion("graft", "v0.25.2")))
        .addTo(router);
    this.socket = dir.resolve("d.sock");
    this.server = HttpServer.start(socket, new Access.Owner(), router, _ -> {});
  }

  private static Optional<Path> plugin(String name) {
    String home = System.getenv().getOrDefault("HOME", "/root");
    String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", home + "/.cache");
    return find(
        name,
        List.of(
            home + "/.docker/cli-plugins",
            "/usr/local/lib/docker/cli-plugins",
            "/usr/local/libexec/docker/cli-plugins",
            "/usr/lib/docker/cli-plugins",
            "/usr/libexec/docker/cli-plugins",
            cache + "/graft-tests"));
  }

  private static Optional<Path> find(String name, List<String> directories) {
    return directories.stream()
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static void ping(Exchange x) throws IOException {
    x.withHeader("Builder-Version", "2").text(200, "OK");
  }

  private static void version(Exchange x) throws IOException {
    ObjectNode json = Nodes.object();
    json.put("Version", "28.5.2").put("ApiVersion", "1.51").put("MinAPIVersion", "1.24");
    json.put("Os", "linux").put("Arch", "amd64");
    x.json(200, json);
  }

  private static void info(Exchange x) throws IOException {
    x.json(200, Nodes.object().put("ID", "graft-test").put("OSType", "linux"));
  }

  Path file(String name, String text) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  Process start(String... words) throws IOException {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(dir.toFile());
    builder.environment().put("DOCKER_HOST", "unix://" + socket);
    builder.environment().put("DOCKER_CONFIG", dir.resolve("docker").toString());
    builder.environment().put("BUILDX_CONFIG", dir.resolve("buildx").toString());
    builder.environment().put("BUILDKIT_PROGRESS", "plain");
    builder.redirectOutput(dir.resolve("out").toFile()).redirectError(dir.resolve("err").toFile());
    return builder.start();
  }

  Outcome finish(Process process) throws IOException, InterruptedException {
    if (!process.waitFor(300, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it hangs\n" + out() + err());
    }
    return new Outcome(process.exitValue(), out(), err());
  }

  String out() throws IOException {
    return Files.readString(dir.resolve("out"), StandardCharsets.ISO_8859_1);
  }

  String err() throws IOException {
    return Files.readString(dir.resolve("err"));
  }

  Outcome run(String... words) throws IOException, InterruptedException {
    return runWith(new byte[0], words);
  }

  Outcome runWith(byte[] input, String... words) throws IOException, InterruptedException {
    Process process = start(words);
    try (OutputStream in = process.getOutputStream()) {
      in.write(input);
    } catch (IOException e) {
      // It does not read all.
    }
    return finish(process);
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
