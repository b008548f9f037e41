package graft.client;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.registry.RegistryProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the tests of builds have: an engine, a project directory, the docker command with its
/// builder and perhaps a registry.
final class BuildEngine implements AutoCloseable {
  private final Path project;
  private final ClientEngine engine;
  private final @Nullable RegistryProcess registry;

  private BuildEngine(Path project, ClientEngine engine, @Nullable RegistryProcess registry) {
    this.project = project;
    this.engine = engine;
    this.registry = registry;
  }

  /// With docker's builder, where there is one.
  static BuildEngine start(Path dir) throws IOException, InterruptedException {
    BuildEngine started =
        new BuildEngine(Files.createDirectories(dir.resolve("p")), ClientEngine.start(dir), null);
    link(dir, "docker-buildx");
    return started;
  }

  /// For tests of docker's builder, which are left out where there is none.
  static BuildEngine withBuildx(Path dir) throws IOException, InterruptedException {
    assumeTrue(plugin("docker-buildx").isPresent(), "there is no docker-buildx");
    return start(dir);
  }

  /// The same with a registry.
  static BuildEngine withRegistry(Path dir) throws IOException, InterruptedException {
    assumeTrue(RegistryProcess.installed(), "there is no docker-registry");
    BuildEngine started = withBuildx(dir);
    return new BuildEngine(started.project, started.engine, RegistryProcess.start(dir, "", ""));
  }

  /// Where a plugin of the docker command is on this machine: where Docker looks for them, and
  /// where `./check` puts one that Debian is too old for.
  static Optional<Path> plugin(String name) {
    String home = System.getenv().getOrDefault("HOME", "/root");
    String cache = System.getenv().getOrDefault("XDG_CACHE_HOME", home + "/.cache");
    return Stream.of(
            home + "/.docker/cli-plugins",
            "/usr/local/lib/docker/cli-plugins",
            "/usr/local/libexec/docker/cli-plugins",
            "/usr/lib/docker/cli-plugins",
            "/usr/libexec/docker/cli-plugins",
            cache + "/graft-tests")
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Makes a plugin one of the docker command with this configuration, if it is on this machine.
  ///
  /// @return whether it is
  static boolean link(Path config, String name) throws IOException {
    Optional<Path> found = plugin(name);
    if (found.isPresent()) {
      Path plugins = Files.createDirectories(config.resolve("cli-plugins"));
      Files.createSymbolicLink(plugins.resolve(name), found.orElseThrow());
    }
    return found.isPresent();
  }

  Path project() {
    return project;
  }

  ClientEngine engine() {
    return engine;
  }

  /// Writes a file of the project.
  Path file(String name, String text) throws IOException {
    Path file = project.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  /// The docker command in the project.
  Command docker(String... words) {
    return engine.command(project, "docker").with(words);
  }

  /// Graft's command in the project.
  Command graft(String... words) throws IOException, InterruptedException {
    return engine.graft(project).with(words);
  }

  /// Where the registry listens.
  String registry() {
    if (registry == null) {
      throw new IllegalStateException("this test has no registry");
    }
    return registry.host();
  }

  /// The name of an image in the registry.
  String name(String repository) {
    return registry() + "/" + repository;
  }

  @Override
  public void close() throws IOException {
    if (registry != null) {
      registry.close();
    }
    engine.close();
  }
}
