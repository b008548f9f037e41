package graft.client;

import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/// An engine and a registry for the real client of builds.
abstract class BuildxCase {
  @TempDir static Path dir;
  static BuildEngine builds;

  @BeforeAll
  static void start() throws Exception {
    builds = BuildEngine.withRegistry(dir);
    builds.file("one/Dockerfile", "FROM busybox\nCOPY a.txt /one\nRUN cat /one >/two\n");
    builds.file("one/a.txt", "from the context\n");
  }

  @AfterAll
  static void stop() throws IOException {
    if (builds != null) {
      builds.close();
    }
  }

  static String docker(String... words) throws IOException, InterruptedException {
    return builds.docker(words).run().output();
  }

  static Json inspect(String image) throws IOException, InterruptedException {
    return Json.parse(docker("buildx", "imagetools", "inspect", "--raw", image));
  }

  static Json json(String name) throws IOException {
    return Json.parse(Files.readString(dir.resolve("p").resolve(name)));
  }

  static String run(String... command) throws IOException, InterruptedException {
    return new Command(dir.resolve("p"), Map.of(), List.of(command)).run().output();
  }
}
