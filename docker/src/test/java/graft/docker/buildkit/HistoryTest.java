package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import graft.docker.buildkit.DockerCommand.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `docker buildx history`, unmodified.
@Timeout(600)
class HistoryTest {
  @TempDir private Path dir;
  private DockerCommand docker;

  @BeforeEach
  void start() throws Exception {
    docker = new DockerCommand(dir);
    docker.file("c/Dockerfile", "FROM base\nCOPY . .\nRUN say hello\n");
    docker.file("bad/Dockerfile", "FROM base\nRUN fail 3\n");
  }

  @AfterEach
  void stop() throws Exception {
    if (docker != null) {
      docker.close();
    }
  }

  private List<String> refs() throws Exception {
    return docker
        .run("buildx", "history", "ls", "--format", "{{.Ref}}")
        .good()
        .out()
        .lines()
        .toList();
  }

  @Test
  void buildsAreRecorded() throws Exception {
    Path metadata = dir.resolve("metadata");
    docker
        .run(
            "build",
            "-t",
            "img",
            "--build-arg",
            "A=1",
            "--build-arg",
            "HTTP_PROXY=http://me:hush@proxy",
            "--metadata-file",
            metadata.toString(),
            "c")
        .good();
    assertThat(Files.readString(metadata))
        .contains("\"buildx.build.provenance\"")
        .contains("\"buildType\": \"https://mobyproject.org/buildkit@v1\"")
        .contains("\"entryPoint\": \"Dockerfile\"");

    Outcome failed = docker.run("build", "bad");
    assertThat(failed.exit()).isEqualTo(1);
    List<String> refs = refs();
    assertThat(refs).hasSize(2);

    String list = docker.run("buildx", "history", "ls").good().out();
    assertThat(list).containsPattern("Error").containsPattern("Completed");
    String inspected = docker.run("buildx", "history", "inspect", refs.get(1)).good().out();
    assertThat(inspected)
        .containsPattern("BUILD ARG\\s+VALUE\\s+A\\s+1")
        .contains("https://slsa.dev/provenance/v0.2")
        .contains("Dockerfile")
        .doesNotContain("hush");
    assertThat(docker.run("buildx", "history", "inspect", refs.get(0)).good().out())
        .contains("exit code: 7");
    assertThat(
            docker
                .run(
                    "buildx",
                    "history",
                    "inspect",
                    "attachment",
                    refs.get(1),
                    "--type",
                    "provenance")
                .good()
                .out())
        .contains("https://mobyproject.org/buildkit@v1");
    assertThat(docker.run("buildx", "history", "logs", refs.get(1)).good().err())
        .contains("[3/3] RUN say hello")
        .containsPattern("#[0-9]+ [0-9.]+ hello\n");

    docker.run("buildx", "history", "rm", refs.get(0)).good();
    assertThat(refs()).containsExactly(refs.get(1));
    docker.run("buildx", "history", "rm", "--all").good();
    assertThat(refs()).isEmpty();
  }
}
