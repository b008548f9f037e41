package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.build.BuildRequest;
import graft.build.BuildRequest.Source;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Several builds at once: `docker buildx bake` and `docker compose build`, which is the same.
@Timeout(600)
class BakeTest {
  @TempDir private Path dir;
  private DockerCommand docker;
  private PretendedBuilds builds;

  @BeforeEach
  void start() throws Exception {
    docker = new DockerCommand(dir);
    builds = docker.builds;
    docker.file("c/Dockerfile", "FROM base\nCOPY . .\nRUN say hello\n");
    docker.file("c/a.txt", "a");
    docker.file("d/Dockerfile", "FROM up\nRUN say below\n");
  }

  @AfterEach
  void stop() throws Exception {
    if (docker != null) {
      docker.close();
    }
  }

  private BuildRequest of(String target) {
    return builds.requests.stream()
        .filter(r -> r.labels().getOrDefault("which", "").equals(target))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void targetsShareAContextAndBuildOnEachOther() throws Exception {
    docker.file(
        "docker-bake.hcl",
        """
        group "default" { targets = ["one", "two", "below"] }
        target "one" {
          context = "c"
          tags = ["one"]
          labels = { which = "one" }
        }
        target "two" {
          context = "c"
          tags = ["two"]
          labels = { which = "two" }
        }
        target "below" {
          context = "d"
          contexts = { up = "target:one" }
          tags = ["below"]
          labels = { which = "below" }
        }
        """);
    docker.run("buildx", "bake").good();
    assertThat(builds.images.keySet())
        .containsExactlyInAnyOrder("one:latest", "two:latest", "below:latest");
    assertThat(builds.contexts).hasSize(2);
    assertThat(of("below").contexts().get("up")).isInstanceOf(Source.Result.class);
    assertThat(builds.held).isEmpty();
  }

  @Test
  void aLinkedTargetThatFailsFailsAll() throws Exception {
    docker.file("c/Dockerfile", "FROM base\nRUN fail\n");
    docker.file(
        "docker-bake.hcl",
        """
        target "default" {
          context = "d"
          contexts = { up = "target:one" }
        }
        target "one" { context = "c" }
        """);
    assertThat(docker.run("buildx", "bake").err())
        .contains("ERROR: target one: failed to solve: process \"/bin/sh -c fail\"")
        .contains("   2 | >>> RUN fail");
    assertThat(builds.images).isEmpty();
  }

  @Test
  void composeBuilds() throws Exception {
    assumeTrue(
        Files.exists(dir.resolve("docker/cli-plugins/docker-compose")), "there is no compose");
    docker.file(
        "compose.yaml",
        """
        services:
          a:
            build: { context: c, labels: { which: a } }
          b:
            build:
              context: d
              additional_contexts: { up: "service:a" }
              labels: { which: b }
          e:
            build:
              context: c
              dockerfile_inline: |
                FROM base
                RUN say inline
        """);
    docker.run("compose", "-p", "shop", "build").good();
    assertThat(builds.images.keySet())
        .containsExactlyInAnyOrder("shop-a:latest", "shop-b:latest", "shop-e:latest");
    assertThat(of("b").contexts().get("up")).isInstanceOf(Source.Result.class);
    assertThat(of("a").labels()).containsEntry("com.docker.compose.service", "a");
    assertThat(builds.said).contains("inline");
  }
}
