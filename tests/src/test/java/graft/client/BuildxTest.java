package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `docker build`, `docker buildx bake` and `docker compose build` with an engine behind them. What
/// of their protocol needs no engine is tried in `graft.docker.buildkit`.
@Tag("root")
class BuildxTest {
  @TempDir private static Path dir;
  private static BuildEngine builds;
  private static boolean compose;

  @BeforeAll
  static void start() throws Exception {
    builds = BuildEngine.withBuildx(dir);
    compose = BuildEngine.link(dir, "docker-compose");
    builds.file(
        "one/Dockerfile", "FROM busybox\nCOPY a.txt /one\nRUN cat /one >/two && echo made\n");
    builds.file("one/a.txt", "from the context\n");
    builds.file(
        "below/Dockerfile",
        "FROM busybox\nCOPY --from=up /two /three\n"
            + "RUN --mount=type=secret,id=s cat /run/secrets/s >/four\n");
    builds.file("secret", "a secret\n");
  }

  @AfterAll
  static void stop() throws IOException {
    if (builds != null) {
      builds.close();
    }
  }

  private static Command.Result docker(String... words) throws IOException, InterruptedException {
    return builds.docker(words).run();
  }

  @Test
  void dockerBuildsAndRunsWhatItBuilt() throws Exception {
    assertThat(docker("build", "--progress=plain", "-t", "built", "one").err())
        .contains("[3/3] RUN cat /one >/two && echo made", "naming to docker.io/library/built");
    assertThat(docker("run", "--rm", "built", "cat", "/two").output())
        .isEqualTo("from the context\n");
    assertThat(docker("build", "--progress=plain", "one").err())
        .containsPattern("\\[3/3] RUN cat [^\n]*\n#[0-9]+ CACHED");
  }

  @Test
  void filesComeOutOfTheEngine() throws Exception {
    docker("build", "-o", "out", "one").output();
    assertThat(builds.project().resolve("out/two")).hasContent("from the context");
  }

  @Test
  void aFailedStepIsShown() throws Exception {
    builds.file("bad/Dockerfile", "FROM busybox\nRUN exit 7\n");
    Command.Result result = docker("build", "bad");
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err()).contains("   2 | >>> RUN exit 7", "exit code: 7");
  }

  @Test
  void targetsBuildOnEachOther() throws Exception {
    builds.file(
        "docker-bake.hcl",
        """
        group "default" { targets = ["one", "below"] }
        target "one" { context = "one" }
        target "below" {
          context = "below"
          contexts = { up = "target:one" }
          secret = ["id=s,src=secret"]
          tags = ["baked"]
        }
        """);
    docker("buildx", "bake").output();
    assertThat(docker("run", "--rm", "baked", "cat", "/three", "/four").output())
        .isEqualTo("from the context\na secret\n");
  }

  @Test
  void composeBuildsAndStarts() throws Exception {
    assumeTrue(compose, "there is no Docker Compose 2");
    builds.file(
        "compose.yaml",
        """
        services:
          a:
            build: one
            command: cat /two
        """);
    assertThat(docker("compose", "-p", "built", "up", "--build", "--no-log-prefix").out())
        .contains("from the context");
    docker("compose", "-p", "built", "down", "--rmi", "local").output();
  }
}
