package graft.build.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.RequestBuilder;
import graft.engine.BusyboxTar;
import graft.images.ImageRecord;
import graft.linux.IdMap;
import graft.linux.IdMap.Range;
import graft.oci.ImageConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
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

  @Test
  void mounts() throws Exception {
    FakeClient client = lab.client().file("src/a.txt", "A").file("b.txt", "B");
    client.secrets.put("s", "hush".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    String dockerfile =
        """
        FROM busybox:1 AS one
        RUN echo one > /one
        FROM busybox:1
        RUN --mount=type=bind,target=/ctx --mount=type=bind,from=one,source=/one,target=/o \\
            --mount=type=bind,source=src,target=/rw/deep,rw \\
            cat /ctx/b.txt /o /rw/deep/a.txt && echo x > /rw/deep/new && ! touch /ctx/no
        RUN --mount=type=cache,target=/c/a,uid=5 --mount=type=tmpfs,target=/t \\
            echo kept > /c/a/f && echo gone > /t/f && stat -c '%u %a' /c/a
        RUN --mount=type=cache,target=/c/a,sharing=locked cat /c/a/f && ls /
        RUN --mount=type=secret,id=s --mount=type=secret,id=s,env=S --mount=type=secret,id=none \\
            cat /run/secrets/s && echo " $S" && stat -c %a /run/secrets/s
        RUN <<EOF
        #!/bin/sh
        echo script $0
        EOF
        RUN --network=none ip -o a | wc -l
        """;
    ImageRecord image = lab.build(client, dockerfile);
    assertThat(lab.output())
        .contains("Bone\nA")
        .contains("5 755\n")
        .contains("kept\n")
        .contains("hush hush\n400\n")
        .contains("script /dev/pipes/EOF");
    assertThat(lab.tree(image).keySet())
        .doesNotContain("/ctx", "/o", "/rw", "/rw/deep", "/c", "/t", "/run", "/run/secrets");
    assertThat(lab.engine().builds().usage())
        .anyMatch(u -> u.type().equals("exec.cachemount") && u.size() == 5);
    assertThat(lab.engine().builds().usage()).noneMatch(u -> u.toString().contains("hush"));
    assertThatThrownBy(
            () -> lab.build(client, "FROM busybox:1\nRUN --mount=type=secret,id=x,required true\n"))
        .hasMessageContaining("secret x: not found");
    assertThat(lab.engine().snapshots().list()).isEmpty();
  }

  @Test
  void whatIsCopiedFromAStageIsKnownByItsContent() throws Exception {
    String dockerfile =
        """
        FROM busybox:1 AS made
        RUN echo %s > /log && echo same > /result && touch -d @%d /result
        FROM busybox:1
        COPY --from=made /result /
        RUN true
        """;
    ImageRecord image = lab.build(lab.client(), dockerfile.formatted("one", 1));
    ImageRecord again = lab.build(lab.client(), dockerfile.formatted("two", 2));
    assertThat(lab.steps())
        .contains(
            "[made 2/2] RUN echo two > /log && echo same > /result && touch -d @2 /result",
            "[stage-1 2/3] COPY --from=made /result / CACHED",
            "[stage-1 3/3] RUN true CACHED");
    assertThat(again.topFirst()).isEqualTo(image.topFirst());
    // The second time without reading, and after a restart.
    lab.restart();
    lab.build(lab.client(), dockerfile.formatted("two", 2));
    assertThat(lab.steps())
        .filteredOn(s -> !s.startsWith("export"))
        .allMatch(s -> s.endsWith(" CACHED"));

    String other = dockerfile.replace("same", "another");
    lab.build(lab.client(), other.formatted("two", 2));
    assertThat(lab.steps()).contains("[stage-1 2/3] COPY --from=made /result /");
    assertThat(lab.reasons()).anyMatch(r -> r.startsWith("files: result mode 644 owner 0:0 "));
    assertThatThrownBy(
            () -> lab.build(lab.client(), other.replace("/result /", "/none /").formatted("3", 3)))
        .hasMessageContaining("\"/none\": not found");
  }

  /// A copy is made of nothing but its files: the second would be the same bytes.
  @Test
  void theSameFilesAreWrittenOnceEvenWithoutTheCache() throws Exception {
    FakeClient client = lab.client().file("a", "A").file("b/c", "C");
    BuildRequest request = new RequestBuilder().uncached().make();
    client.file("Dockerfile", "FROM busybox:1\nCOPY . /here/\n");
    ImageRecord image = lab.build(client, request);
    Path content = lab.content("A");
    Files.move(content, dir.resolve("away")); // Whoever reads it now fails.
    ImageRecord again = lab.build(client, request);
    assertThat(lab.steps()).contains("[2/2] COPY . /here/");
    assertThat(again.topFirst()).isEqualTo(image.topFirst());

    // Nothing is found that has gone.
    Files.move(dir.resolve("away"), content);
    lab.engine().images().remove(image.id().toString(), true, true);
    lab.engine().builds().prune(true, Duration.ZERO, 0);
    assertThat(lab.engine().builds().usage()).isEmpty();
    client.file("a", "A").file("b/c", "C").file("Dockerfile", "FROM busybox:1\nCOPY . /here/\n");
    assertThat(lab.tree(lab.build(client, request))).containsEntry("/here/a", "644 0:0 A");
    assertThat(lab.tree(lab.build(client.file("a", "B"), request)))
        .containsEntry("/here/a", "644 0:0 B");
  }

  /// Steps are containers as others are: root in them is nobody outside.
  @Test
  void stepsInUserNamespaces() throws Exception {
    IdMap ids =
        new IdMap(List.of(new Range(0, 300_000, 65_536)), List.of(new Range(0, 400_000, 65_536)));
    // Whoever root is mapped to has to get there.
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx--x--x"));
    try (BuildLab mapped = new BuildLab(dir.resolve("mapped"), c -> c.withRemap(ids))) {
      FakeClient client = mapped.client().file("src/a.txt", "A");
      ImageRecord image =
          mapped.build(
              client,
              """
              FROM busybox:1 AS make
              COPY --chown=5:6 src /src
              RUN --mount=type=cache,target=/c,uid=7 --mount=type=bind,source=src,target=/b,rw \
                  --mount=type=tmpfs,target=/t \
                  cat /proc/self/uid_map && stat -c '%u:%g %n' /src/a.txt /b/a.txt /c /etc && \
                  touch /made /c/f /t/f /b/new && busybox chown 8:9 /made && ! mknod /n c 1 3
              FROM busybox:1
              COPY --from=make /made /src/a.txt /
              RUN stat -c '%u:%g %n' /made /a.txt && touch /own
              """);
      assertThat(mapped.output().replaceAll(" +", " "))
          .contains(" 0 300000 65536\n", "5:6 /src/a.txt\n0:0 /b/a.txt\n7:0 /c\n0:0 /etc\n")
          .endsWith("8:9 /made\n5:6 /a.txt\n");
      assertThat(mapped.tree(image))
          .containsEntry("/made", "644 8:9 ")
          .containsEntry("/own", "644 0:0 ");
    }
  }
}
