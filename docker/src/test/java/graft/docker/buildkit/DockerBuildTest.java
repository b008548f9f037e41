package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import graft.build.source.FileTree;
import graft.docker.buildkit.DockerCommand.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `docker build` with buildx, unmodified.
@Timeout(600)
class DockerBuildTest {
  @TempDir private Path dir;
  private DockerCommand docker;
  private PretendedBuilds builds;

  @BeforeEach
  void start() throws Exception {
    docker = new DockerCommand(dir);
    builds = docker.builds;
    docker.file("c/Dockerfile", "FROM base\nCOPY . .\nRUN say hello\n");
    docker.file("c/a.txt", "a");
    docker.file("c/sub/b.txt", "bb");
    docker.file("c/x.log", "not sent");
    Files.createSymbolicLink(dir.resolve("c/link"), Path.of("a.txt"));
    Files.setLastModifiedTime(
        dir.resolve("c/a.txt"), FileTime.from(Instant.parse("2020-02-02T02:02:02.000000002Z")));
  }

  @AfterEach
  void stop() throws Exception {
    if (docker != null) {
      docker.close();
    }
  }

  @Test
  void aContextIsSentAndAnImageMade() throws Exception {
    Outcome outcome = docker.run("build", "-t", "img1", "-t", "host:1/x/img2:t", "c").good();
    assertThat(outcome.err())
        .contains("[internal] load build definition from Dockerfile")
        .contains("[internal] load build context")
        .containsPattern("transferring context: [0-9]+B .*done")
        .contains("[3/3] RUN say hello")
        .containsPattern("#[0-9]+ [0-9.]+ hello\n")
        .contains("exporting to image");
    assertThat(builds.images.keySet()).containsExactlyInAnyOrder("img1:latest", "host:1/x/img2:t");
    FileTree tree = builds.contexts.getFirst();
    assertThat(tree.entries().keySet())
        .containsExactly("Dockerfile", "a.txt", "link", "sub", "sub/b.txt");
    FileTree.File a = DirectoryFiles.entry(tree, "a.txt", FileTree.File.class);
    assertThat(((DirectoryFiles) builds.files()).text(a.content())).isEqualTo("a");
    assertThat(a.attributes().modified()).isEqualTo("2020-02-02T02:02:02.000000002Z");
    assertThat(DirectoryFiles.entry(tree, "link", FileTree.Symlink.class).target())
        .isEqualTo("a.txt");
    assertThat(builds.held).isEmpty();
  }

  @Test
  void optionsAreUnderstood() throws Exception {
    Path id = dir.resolve("id");
    docker
        .run(
            "build",
            "--iidfile",
            id.toString(),
            "--build-arg",
            "A=1",
            "--label",
            "l=v",
            "--target",
            "t",
            "--no-cache",
            "--pull",
            "--network",
            "none",
            "--add-host",
            "h:1.2.3.4",
            "--add-host",
            "g:host-gateway",
            "--shm-size",
            "1m",
            "--ulimit",
            "nofile=10:20",
            "--build-context",
            "other=c/sub",
            "--build-context",
            "img=docker-image://busybox:1",
            "c")
        .good();
    assertThat(Files.readString(id)).startsWith("sha256:");
    var request = builds.requests.getFirst();
    assertThat(request.arguments()).containsKey("A");
    assertThat(request.labels()).containsEntry("l", "v");
    assertThat(request.target()).isEqualTo("t");
    assertThat(request.run().network()).isEqualTo("none");
    assertThat(request.run().hosts()).containsExactlyInAnyOrder("h=1.2.3.4", "g=172.17.0.1");
    assertThat(request.run().shmSize()).isEqualTo(1 << 20);
    assertThat(request.run().ulimits()).containsExactly("nofile=10:20");
    assertThat(request.contexts().toString())
        .contains("other=Local", "img=Image[reference=docker.io/library/busybox:1]");
  }

  @Test
  void whatHasNotChangedIsNotSentAgain() throws Exception {
    docker.run("build", "c").good();
    DirectoryFiles files = (DirectoryFiles) builds.files();
    int before = files.puts();
    docker.file("c/sub/b.txt", "changed");
    docker.run("build", "c").good();
    // The Dockerfile, which is never taken for unchanged, and the one file.
    assertThat(files.puts() - before).isEqualTo(2);
    FileTree.File b =
        DirectoryFiles.entry(builds.contexts.getLast(), "sub/b.txt", FileTree.File.class);
    assertThat(files.text(b.content())).isEqualTo("changed");
  }

  @Test
  void aStepThatFailsIsShownInItsDockerfile() throws Exception {
    docker.file("c/Dockerfile", "FROM base\nRUN say hello\nRUN fail\nRUN say never\n");
    Outcome outcome = docker.run("build", "c");
    assertThat(outcome.exit()).isEqualTo(1);
    assertThat(outcome.err())
        .contains("   2 |     RUN say hello\n   3 | >>> RUN fail\n   4 |     RUN say never")
        .contains(
            "ERROR: failed to build: failed to solve: process \"/bin/sh -c fail\" did not complete"
                + " successfully: exit code: 7\n");
  }

  @Test
  void otherFailuresAreASentence() throws Exception {
    Outcome outcome = docker.run("build", "-f", "c/None", "c");
    assertThat(outcome.exit()).isEqualTo(1);
    docker.file("c/Dockerfile", "RUN nothing known\n");
    assertThat(docker.run("build", "c").err())
        .contains("ERROR: failed to build: failed to solve: nobody pretends RUN nothing known\n");
    assertThat(docker.run("build", "--build-arg", "BUILDKIT_SYNTAX=example.com/other", "c").err())
        .contains("the frontend \"example.com/other\" cannot be used");
    docker.file("c/Dockerfile", "FROM base\n");
    docker.run("build", "--build-arg", "BUILDKIT_SYNTAX=docker/dockerfile:1.7", "c").good();
  }

  @Test
  void controlCEndsTheBuild() throws Exception {
    docker.file("c/Dockerfile", "FROM base\nRUN wait\n");
    Process process = docker.start("build", "c");
    while (builds.said.isEmpty() && process.isAlive()) {
      Thread.sleep(10);
    }
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    Outcome outcome = docker.finish(process);
    assertThat(outcome.exit()).isEqualTo(130);
    assertThat(outcome.err()).contains("context canceled");
    for (int i = 0; i < 6000 && !builds.interrupted; i++) {
      Thread.sleep(10);
    }
    assertThat(builds.interrupted).isTrue();
  }

  @Test
  void warningsAreSummedUp() throws Exception {
    docker.file("c/Dockerfile", "from base\nRUN say hello\n");
    assertThat(docker.run("build", "c").good().err())
        .contains("1 warning found (use docker --debug to expand):")
        .contains(
            "- ConsistentInstructionCasing: Command 'from' should match the case of the command"
                + " majority (uppercase) (line 1)");
  }

  @Test
  void dockerfilesAreCheckedAndOutlined() throws Exception {
    docker.file(
        "c/Dockerfile",
        """
        # what it is built of
        FROM scratch as first
        # how loud
        ARG LEVEL=1
        FROM first
        COPY a.txt /
        """);
    Outcome check = docker.run("build", "--check", "c");
    assertThat(check.exit()).isEqualTo(1);
    assertThat(check.out()).contains("WARNING: FromAsCasing - https://docs.docker.com");
    assertThat(docker.run("build", "--call=targets", "c").good().out())
        .contains("first", "(default)");
    assertThat(
            docker
                .run("build", "--call=outline,format=json", "--target", "first", "c")
                .good()
                .out())
        .contains("\"name\": \"LEVEL\"", "\"value\": \"1\"");
    docker.file("c/Dockerfile", "FRM scratch\n");
    assertThat(docker.run("build", "--call=targets", "c").err())
        .contains("unknown instruction: FRM");
    assertThat(builds.requests).isEmpty();
  }
}
