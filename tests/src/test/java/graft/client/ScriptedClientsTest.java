package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.session.Session;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients in other languages, each with a script that checks what it gets and prints what passed.
@Tag("root")
class ScriptedClientsTest {
  @TempDir private static Path dir;
  private static ClientEngine engine;

  @BeforeAll
  static void start() throws Exception {
    engine = ClientEngine.start(dir);
  }

  @AfterAll
  static void stop() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  private static Path resource(String name) throws IOException {
    try (InputStream in = ScriptedClientsTest.class.getResourceAsStream("/client/" + name)) {
      Path file = dir.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.write(file, in.readAllBytes());
    }
  }

  /// Debian's python3-docker, with Debian's python.
  @Test
  void dockerPy() throws Exception {
    Command python = engine.command(dir, "/usr/bin/python3");
    assumeTrue(
        Session.has("/usr/bin/python3") && python.with("-c", "import docker").run().exit() == 0,
        "python3-docker is not installed");
    assertThat(python.with(resource("docker_py.py").toString()).run().output().lines())
        .hasSizeGreaterThanOrEqualTo(14)
        .allMatch(line -> line.startsWith("passed "));
  }

  /// With node and the packages of the lock file, which stay in target/ from run to run.
  @Test
  void dockerode() throws Exception {
    assumeTrue(Session.has("node") && Session.has("npm"), "node and npm are not installed");
    Path modules = Files.createDirectories(Path.of("target/dockerode").toAbsolutePath());
    for (String file : List.of("package.json", "package-lock.json")) {
      Files.copy(
          resource("dockerode/" + file),
          modules.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    Command.Result install =
        engine
            .command(modules, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            .with("--prefer-offline")
            .run();
    assumeTrue(install.exit() == 0, "npm cannot install dockerode");
    Path script = resource("dockerode/check.mjs");
    assertThat(
            engine
                .command(dir, "node", script.toString(), modules.toString())
                .run()
                .output()
                .lines())
        .hasSizeGreaterThanOrEqualTo(12)
        .allMatch(line -> line.startsWith("passed "));
  }
}
