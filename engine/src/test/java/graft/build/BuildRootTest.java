package graft.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.engine.BusyboxTar;
import graft.images.ImageRecord;
import graft.oci.ImageConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("root")
class BuildRootTest {
  @TempDir Path dir;
  private BuildLab lab;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    lab = new BuildLab(dir);
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  @Test
  void oneStage() throws Exception {
    String dockerfile =
        """
        FROM busybox:1
        ENV GREETING="hello world"
        WORKDIR /app
        COPY src/ ./
        RUN echo "$GREETING" > out && id -u && pwd
        RUN true
        USER user
        RUN id -u
        CMD cat out
        LABEL a=b
        """;
    FakeClient client = lab.client().file("src/a.txt", "A").file("src/sub/b.txt", "B");
    ImageRecord image = lab.build(client, dockerfile);
    Map<String, String> tree = lab.tree(image);
    assertThat(tree)
        .containsEntry("/app", "755 0:0 /")
        .containsEntry("/app/a.txt", "644 0:0 A")
        .containsEntry("/app/sub/b.txt", "644 0:0 B")
        .containsEntry("/app/out", "644 0:0 hello world\n");
    assertThat(lab.output()).isEqualTo("0\n/app\n1000\n");
    assertThat(lab.steps())
        .containsExactly(
            "[1/6] FROM docker.io/library/busybox:1 CACHED",
            "[2/6] WORKDIR /app",
            "[3/6] COPY src/ ./",
            "[4/6] RUN echo \"hello world\" > out && id -u && pwd",
            "[5/6] RUN true",
            "[6/6] RUN id -u",
            "exporting to image");
    ImageConfig config = lab.engine().images().open(image).config();
    assertThat(config.config().env()).containsExactly("PATH=/bin", "GREETING=hello world");
    assertThat(config.config().workingDir()).isEqualTo("/app");
    assertThat(config.config().user()).isEqualTo("user");
    assertThat(config.config().cmd()).contains(List.of("/bin/sh", "-c", "cat out"));
    assertThat(config.history().stream().skip(1).map(h -> h.createdBy() + " " + h.emptyLayer()))
        .containsExactly(
            "ENV GREETING=hello world true",
            "WORKDIR /app false",
            "COPY src/ ./ # buildkit false",
            "RUN /bin/sh -c echo \"$GREETING\" > out && id -u && pwd # buildkit false",
            "RUN /bin/sh -c true # buildkit false",
            "USER user true",
            "RUN /bin/sh -c id -u # buildkit false",
            "CMD [\"/bin/sh\" \"-c\" \"cat out\"] true",
            "LABEL a=b true");
    // Nothing of what the runtime needs stays behind.
    assertThat(tree.keySet()).doesNotContain("/etc/hosts", "/etc/resolv.conf", "/.dockerenv");
    assertThat(lab.engine().snapshots().list()).isEmpty();

    lab.restart();
    ImageRecord again =
        lab.build(lab.client().file("src/a.txt", "A").file("src/sub/b.txt", "B"), dockerfile);
    assertThat(again.id()).isEqualTo(image.id());
    assertThat(lab.steps())
        .filteredOn(s -> !s.startsWith("export"))
        .allMatch(s -> s.endsWith("CACHED"));

    lab.build(lab.client().file("src/a.txt", "X").file("src/sub/b.txt", "B"), dockerfile);
    assertThat(lab.steps())
        .contains("[2/6] WORKDIR /app CACHED", "[3/6] COPY src/ ./", "[5/6] RUN true");
  }

  @Test
  void aStepThatFails() throws Exception {
    FakeClient client = lab.client();
    assertThatThrownBy(() -> lab.build(client, "FROM busybox:1\nRUN exit 7\n"))
        .isInstanceOfSatisfying(
            BuildException.class,
            e -> {
              assertThat(e)
                  .hasMessage(
                      "process \"/bin/sh -c exit 7\" did not complete successfully: exit code: 7");
              assertThat(e.exitCode()).hasValue(7);
              assertThat(e.location().orElseThrow().lines().getFirst().first()).isEqualTo(2);
            });
    assertThat(lab.engine().snapshots().list()).isEmpty();
  }

  @Test
  void stages() throws Exception {
    ImageRecord image =
        lab.build(
            lab.client().file("x", "x"),
            """
            ARG V=1
            FROM busybox:1 AS a
            ARG V
            RUN echo $V > /v
            FROM busybox:1 AS unused
            RUN exit 1
            FROM a AS b
            RUN echo b$V > /b
            FROM scratch
            COPY --from=a /v /
            COPY --from=b --chown=3:4 /b /dir/
            COPY --from=busybox:1 /bin/busybox /bin/
            """);
    assertThat(lab.tree(image))
        .containsEntry("/v", "644 0:0 1\n")
        .containsEntry("/dir/b", "644 3:4 b1\n")
        .containsKey("/bin/busybox");
    assertThat(lab.steps()).noneMatch(s -> s.contains("unused"));
  }
}
