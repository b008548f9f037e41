package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import graft.build.Builds.Usage;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `docker buildx du`, `docker builder prune`.
@Timeout(600)
class CacheTest {
  private final Usage usage =
      new Usage(
          "abc",
          List.of("p1", "p2"),
          "regular",
          "[2/3] RUN make",
          1_500_000,
          false,
          true,
          Instant.parse("2026-01-01T00:00:00Z"),
          Optional.of(Instant.now().minus(Duration.ofHours(3))),
          7);

  @TempDir private Path dir;
  private DockerCommand docker;

  @BeforeEach
  void start() throws Exception {
    docker = new DockerCommand(dir);
    docker.builds.usages.add(usage);
  }

  @AfterEach
  void stop() throws Exception {
    if (docker != null) {
      docker.close();
    }
  }

  @Test
  void du() throws Exception {
    assertThat(docker.run("buildx", "du").good().out())
        .containsPattern("abc +true +1.5MB\\* +3 hours ago")
        .contains("Total:");
    assertThat(docker.run("buildx", "du", "--verbose").good().out())
        .contains("[2/3] RUN make", " - p1\n - p2\n", "7");
    assertThat(docker.run("buildx", "du", "--filter", "type=exec.cachemount").good().out())
        .doesNotContain("abc");
  }

  @Test
  void prune() throws Exception {
    assertThat(
            docker
                .run("builder", "prune", "-af", "--filter", "until=24h", "--keep-storage", "1kb")
                .good()
                .out())
        .contains("abc", "Total:\t1.5MB");
    assertThat(docker.builds.pruned).containsExactly("true PT24H 1024");
    assertThat(docker.run("builder", "prune", "-f", "--filter", "type=regular").err())
        .contains("pruned by age only");
  }

  @Test
  void theBuilderTellsOfItself() throws Exception {
    assertThat(docker.run("buildx", "ls").good().out()).contains("v0.25.2");
    assertThat(docker.run("buildx", "inspect").good().out()).contains("linux/amd64", "running");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "'';true",
        "id==abc;true",
        "id~=^ab;true",
        "id!=abc;false",
        "type==regular,shared==true;true",
        "type==regular,shared==false;false",
        "parents==p2;true",
        "parents;true",
        "inuse;false",
        "shared;true",
        "description~=RUN make;true",
      })
  void filters(String filter, boolean fits) {
    assertThat(UsageFilter.of(List.of(filter)).test(usage)).isEqualTo(fits);
  }
}
