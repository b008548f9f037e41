package graft.build.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.build.BuildEvent;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.RequestBuilder;
import graft.engine.BusyboxTar;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.ImageConfig.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What helps where a build is not what it should be: what failed steps left, parts of stages, two
/// builds compared, settings of the base taken back.
@Tag("root")
class DebugRootTest {
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

  // ---- failed steps

  private static final String FAILS =
      "FROM busybox:1\nARG A=arg\nENV E=env\nWORKDIR /w\nENTRYPOINT [\"never\"]\n"
          + "RUN echo left >/w/f; exit 3\n";

  /// @return the name of what it left
  private String fail(String dockerfile) throws Exception {
    return fail(lab.client(), dockerfile);
  }

  private String fail(FakeClient client, String dockerfile) throws Exception {
    assertThatThrownBy(() -> lab.build(client, dockerfile))
        .isInstanceOf(BuildException.class)
        .hasMessageContaining("exit code: 3");
    return lab.events.stream()
        .filter(e -> e instanceof BuildEvent.Kept)
        .map(e -> ((BuildEvent.Kept) e).image())
        .findFirst()
        .orElseThrow();
  }

  private List<String> kept() {
    return lab.engine().images().list().stream()
        .flatMap(i -> i.names().stream())
        .map(n -> n.familiar())
        .filter(n -> n.startsWith("failed:"))
        .toList();
  }

  @Test
  void whatAFailedStepLeftIsAnImageThatBeginsWithItsShell() throws Exception {
    String name = fail(FAILS);
    lab.restart();
    ImageRecord image = lab.engine().images().find(name);
    assertThat(lab.tree(image)).containsEntry("/w/f", "644 0:0 left\n");
    Settings settings = lab.engine().images().open(image).config().config();
    assertThat(settings.env()).contains("E=env", "A=arg");
    assertThat(settings.workingDir()).isEqualTo("/w");
    assertThat(settings.cmd()).contains(List.of("/bin/sh"));
    assertThat(settings.entrypoint()).isEmpty();
    assertThat(lab.engine().builds().usage())
        .anyMatch(u -> u.description().equals("left by a failed step: " + name) && u.size() > 0);
  }

  @Test
  void whatItHadMountedIsThereButNoSecretsAndCaches() throws Exception {
    String dockerfile =
        """
        FROM busybox:1 AS other
        RUN mkdir /o && echo of another stage >/o/f
        FROM busybox:1
        WORKDIR /w
        RUN --mount=type=bind,source=src,target=src \\
            --mount=type=bind,source=src/one,target=/deep/one \\
            --mount=type=bind,from=other,source=/o,target=/o,rw \\
            --mount=type=cache,target=/cache --mount=type=tmpfs,target=/tmpfs \\
            --mount=type=secret,id=s,target=/secret \\
            touch /cache/c /tmpfs/t /o/lost /left; exit 3
        """;
    FakeClient client = lab.client().file("src/one", "1").file("src/sub/two", "2");
    client.secrets.put("s", "the secret".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    String name = fail(client, dockerfile);
    ImageRecord image = lab.engine().images().find(name);
    Map<String, String> tree = lab.tree(image);
    assertThat(tree)
        .containsEntry("/left", "644 0:0 ")
        .containsEntry("/w/src/one", "644 0:0 1")
        .containsEntry("/w/src/sub/two", "644 0:0 2")
        .containsEntry("/deep/one", "644 0:0 1")
        .containsEntry("/o/f", "644 0:0 of another stage\n")
        .containsEntry("/tmpfs", "755 0:0 /")
        .doesNotContainKeys("/tmpfs/t", "/cache", "/cache/c", "/o/lost", "/secret");
    assertThat(tree.values()).noneMatch(v -> v.contains("the secret"));
    long size =
        lab.engine().images().layerSize(image.diffIds().getLast())
            + lab.engine().images().layerSize(image.diffIds().get(image.diffIds().size() - 2));
    assertThat(lab.engine().builds().usage())
        .filteredOn(u -> u.description().endsWith(name))
        .extracting(Builds.Usage::size)
        .containsExactly(size);
  }

  @Test
  void failedStepsAreKeptForAWhileAndFew() throws Exception {
    for (int i = 0; i < 12; i++) {
      fail(FAILS.replace("left", "left " + i));
    }
    assertThat(kept()).hasSize(10);
    EngineBuilds builds = (EngineBuilds) lab.engine().builds();
    builds.tend(Instant.now());
    assertThat(kept()).hasSize(10);
    builds.tend(Instant.now().plus(Duration.ofHours(13)));
    assertThat(kept()).isEmpty();
  }

  @Test
  void aPruneTakesWhatFailedStepsLeft() throws Exception {
    String name = fail(FAILS);
    assertThat(lab.engine().builds().prune(false, Duration.ofHours(1), 0))
        .noneMatch(u -> u.description().endsWith(name));
    assertThat(kept()).containsExactly(name);
    assertThat(lab.engine().builds().prune(false, Duration.ZERO, 0))
        .anyMatch(u -> u.description().endsWith(name));
    assertThat(kept()).isEmpty();
  }

  // ---- parts of stages

  @ParameterizedTest
  @CsvSource({
    "one:0, false, false, false",
    "one:1, true, false, false",
    "ONE:2, true, true, false",
    "0:1, true, false, false",
    "two:0, true, true, false",
    "1:1, true, true, true",
  })
  void aStageIsBuiltUpToAnInstruction(String target, boolean a, boolean b, boolean c)
      throws Exception {
    String dockerfile =
        "FROM busybox:1 AS one\nRUN touch /a\nRUN touch /b\nFROM one AS two\nRUN touch /c\n";
    ImageRecord image =
        lab.build(
            lab.client().file("Dockerfile", dockerfile),
            new RequestBuilder().target(target).make());
    Map<String, String> tree = lab.tree(image);
    assertThat(List.of(tree.containsKey("/a"), tree.containsKey("/b"), tree.containsKey("/c")))
        .containsExactly(a, b, c);
  }

  @ParameterizedTest
  @CsvSource({"one:2, 1 instructions", "nope:1, could not be found", "7:0, could not be found"})
  void aStageHasNoMoreInstructionsThanItHas(String target, String expected) throws Exception {
    BuildRequest request = new RequestBuilder().target(target).make();
    FakeClient client = lab.client().file("Dockerfile", "FROM busybox:1 AS one\nRUN true\n");
    assertThatThrownBy(() -> lab.build(client, request))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(expected);
  }

  // ---- the same every time

  private static BuildRequest uncached(Optional<Instant> epoch) {
    return new RequestBuilder().uncached().epoch(epoch).make();
  }

  private static final String FILES =
      "FROM busybox:1\nCOPY a /a\nRUN mkdir /d && cp /a /d/z && ln -s z /d/l && ln /d/z /d/h\n"
          + "WORKDIR /w\nCMD [\"true\"]\n";

  private List<Builds.Difference> differences(String dockerfile, Optional<Instant> epoch)
      throws Exception {
    FakeClient client = lab.client().file("a", "A").file("Dockerfile", dockerfile);
    try (Builds.Result one = lab.engine().builds().build(uncached(epoch), client, _ -> {});
        Builds.Result other = lab.engine().builds().build(uncached(epoch), client, _ -> {})) {
      return one.differences(other);
    }
  }

  @Test
  void twoBuildsOfOneTimeAreTheSameToTheLastByte() throws Exception {
    Instant epoch = Instant.ofEpochSecond(1_000_000_000);
    FakeClient client = lab.client().file("a", "A").file("Dockerfile", FILES);
    ImageRecord one = lab.build(client, uncached(Optional.of(epoch)));
    Thread.sleep(1100); // so that a time of the clock would show
    ImageRecord other = lab.build(client, uncached(Optional.of(epoch)));
    assertThat(other.id()).isEqualTo(one.id());
    assertThat(other.diffIds()).isEqualTo(one.diffIds());
    assertThat(one.created()).isEqualTo(epoch);
    assertThat(lab.engine().images().open(one).config().history().getLast().created())
        .contains(epoch);
    assertThat(differences(FILES, Optional.of(epoch))).isEmpty();
  }

  @Test
  void whatDiffersIsNamedWithItsStep() throws Exception {
    String dockerfile =
        "FROM busybox:1\nRUN echo same >/s\nRUN cat /proc/sys/kernel/random/uuid >/u\n";
    List<Builds.Difference> found =
        differences(dockerfile, Optional.of(Instant.ofEpochSecond(1_000_000_000)));
    assertThat(found).hasSize(1);
    assertThat(found.getFirst().path()).isEqualTo("/u");
    assertThat(found.getFirst().what()).startsWith("content: ");
    assertThat(found.getFirst().step()).contains("RUN /bin/sh -c cat /proc");
    assertThat(differences("FROM busybox:1\nRUN echo same >/s\n", Optional.empty()))
        .extracting(Builds.Difference::what)
        .anyMatch(w -> w.startsWith("time: "))
        .anyMatch(w -> w.startsWith("created: "));
  }

  // ---- taken back

  @Test
  void settingsOfTheBaseAreTakenBack() throws Exception {
    String dockerfile =
        """
        FROM busybox:1 AS base
        ENV A=1 B=2 C=3
        VOLUME /v /kept
        EXPOSE 80 90/udp
        LABEL x=y z=w
        USER 5
        ENTRYPOINT ["e"]
        CMD ["c"]
        STOPSIGNAL SIGINT
        FROM base
        LABEL graft.unset.env="A, B" graft.unset.volume=/v graft.unset.expose=80 graft.unset.label=x
        LABEL graft.unset.entrypoint=1 graft.unset.cmd=1 graft.unset.stopsignal=1 graft.unset.user=1
        ENV D=${A:-none} B=again
        RUN echo "$A-$B-$C" && id -u
        """;
    ImageRecord image = lab.build(lab.client(), dockerfile);
    assertThat(lab.output()).isEqualTo("-again-3\n0\n");
    Settings settings = lab.engine().images().open(image).config().config();
    assertThat(settings.env()).containsExactly("PATH=/bin", "C=3", "D=none", "B=again");
    assertThat(settings.volumes()).containsExactly("/kept");
    assertThat(settings.exposedPorts()).containsExactly("90/udp");
    assertThat(settings.labels()).containsExactly(Map.entry("z", "w"));
    assertThat(settings.user()).isEmpty();
    assertThat(settings.entrypoint()).isEmpty();
    assertThat(settings.cmd()).isEmpty();
    assertThat(settings.stopSignal()).isEmpty();
    assertThatThrownBy(() -> lab.build(lab.client(), "FROM busybox:1\nLABEL graft.unset.foo=1\n"))
        .hasMessageContaining("graft.unset.foo is unknown");
  }
}
