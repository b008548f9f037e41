package graft.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.db.Db;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.event.Events;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VolumesTest {
  private static final Volumes.Users NOBODY = _ -> List.of();

  @TempDir Path directory;
  private Path root;
  private Db db;
  private Volumes volumes;

  @BeforeEach
  void open() throws IOException {
    root = directory.resolve("volumes");
    db = Db.open(directory.resolve("db"));
    volumes = Volumes.open(db, new Events(), root);
  }

  @AfterEach
  void close() throws IOException {
    db.close();
  }

  private Volume create(String name) throws IOException {
    return volumes.create(name, "", Map.of(), Map.of());
  }

  @Test
  void aVolumeIsADirectoryThatSurvives() throws IOException {
    Volume made = volumes.create("v1", "local", Map.of(), Map.of("a", "b"));
    assertThat(made.path()).isEqualTo(root.resolve("v1/_data")).isEmptyDirectory();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made.path())))
        .isEqualTo("rwxr-xr-x");
    assertThat(volumes.create("v1", "", Map.of(), Map.of("other", "x"))).isEqualTo(made);
    assertThat(Volumes.open(db, new Events(), root).list()).containsExactly(made);
    assertThat(volumes.find("v1").labels()).containsExactly(Map.entry("a", "b"));
  }

  @Test
  void anAnonymousVolumeHasARandomNameAndALabel() throws IOException {
    Volume made = create("");
    assertThat(made.name()).matches("[0-9a-f]{64}");
    assertThat(made.anonymous()).isTrue();
    assertThat(made.labels()).containsEntry(Volumes.ANONYMOUS_LABEL, "");
    assertThat(Volumes.open(db, new Events(), root).find(made.name())).isEqualTo(made);
  }

  @ParameterizedTest
  @CsvSource({
    "a b, '', '', INVALID, 'create a b: \"a b\" includes invalid characters for a local volume"
        + " name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
        + " directory, use absolute path'",
    "../x, '', '', INVALID, 'create ../x: \"../x\" includes invalid characters for a local volume"
        + " name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
        + " directory, use absolute path'",
    "a, '', '', INVALID, 'create a: volume name is too short, names should be at least two"
        + " alphanumeric characters'",
    "vv, '', foo=bar, INVALID, 'create vv: invalid option: \"foo\"'",
    "vv, '', type=tmpfs, INVALID, 'create vv: missing required option: \"device\"'",
    "vv, '', o=ro, INVALID, 'create vv: missing required option: \"device\"'",
    "vv, '', size=10m, INVALID, 'create vv: quota size requested but no quota support'",
    "vv, '', size=abc, INVALID, 'create vv: invalid size: ''abc'''",
    "vv, '', device=x, INVALID, 'create vv: missing required option: \"type\"'",
    "vv, foo, '', NOT_FOUND, 'create vv: error looking up volume plugin foo: plugin \"foo\" not"
        + " found'"
  })
  void refusalsAreDockers(String name, String driver, String options, Kind kind, String message) {
    Map<String, String> map =
        Arrays.stream(options.split(","))
            .filter(s -> !s.isEmpty())
            .collect(Collectors.toMap(s -> s.split("=")[0], s -> s.split("=")[1]));
    assertThatThrownBy(() -> volumes.create(name, driver, map, Map.of()))
        .isInstanceOfSatisfying(GraftException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(message);
    assertThat(volumes.list()).isEmpty();
  }

  @Test
  void whatIsUsedStays() throws IOException {
    create("v1");
    assertThatThrownBy(() -> volumes.remove("v1", true, _ -> List.of("cid")))
        .hasMessage("remove v1: volume is in use - [cid]");
    try (Volumes.Hold hold = volumes.hold("v1", Map.of(), Map.of())) {
      assertThat(hold.volume().name()).isEqualTo("v1");
      assertThat(volumes.unused(true, NOBODY)).isEmpty();
      assertThatThrownBy(() -> volumes.remove("v1", false, NOBODY))
          .hasMessageContaining("volume is in use");
    }
    Files.createDirectories(root.resolve("v1/_data/d/e"));
    Files.createSymbolicLink(root.resolve("v1/_data/d/link"), directory);
    volumes.remove("v1", false, NOBODY);
    assertThat(root).isEmptyDirectory();
    assertThat(directory.resolve("db")).exists();
    assertThatThrownBy(() -> volumes.remove("v1", false, NOBODY))
        .hasMessage("get v1: no such volume");
    volumes.remove("v1", true, NOBODY);
  }

  @Test
  void pruneTakesAnonymousOnesUnlessAllAreAskedFor() throws IOException {
    Volume anonymous = create("");
    Volume named = create("v1");
    create("used");
    Volumes.Users users = name -> name.equals("used") ? List.of("cid") : List.of();
    assertThat(volumes.unused(false, users)).containsExactly(anonymous);
    assertThat(volumes.unused(true, users)).containsExactlyInAnyOrder(anonymous, named);
  }

  @Test
  void sizeCountsALinkedFileOnce() throws IOException {
    Volume made = create("v1");
    Files.write(made.path().resolve("a"), new byte[1000]);
    Files.createLink(made.path().resolve("b"), made.path().resolve("a"));
    Files.write(Files.createDirectory(made.path().resolve("d")).resolve("c"), new byte[10]);
    assertThat(volumes.size("v1")).isEqualTo(1010);
  }

  @Test
  void aVolumeIsFilledOnce() throws IOException {
    Volume made = create("v1");
    volumes.fillIfEmpty(made, path -> Files.writeString(path.resolve("a"), "first"));
    volumes.fillIfEmpty(made, path -> Files.writeString(path.resolve("a"), "second"));
    assertThat(made.path().resolve("a")).hasContent("first");
  }

  @Test
  void halfACopyIsNeverSeen() throws IOException {
    Volume made = create("v1");
    assertThatThrownBy(() ->
            volumes.fillIfEmpty(
                made,
                path -> {
                  Files.writeString(path.resolve("a"), "half");
                  throw new IOException("disk full");
                }))
        .hasMessage("disk full");
    assertThat(made.path()).isEmptyDirectory();
    Files.writeString(made.path().resolve("a"), "half");
    Files.createFile(root.resolve("v1/filling"));
    Volumes.open(db, new Events(), root);
    assertThat(made.path()).isEmptyDirectory();
    assertThat(root.resolve("v1/filling")).doesNotExist();
  }

  @Test
  void aRemovalThatWasCutShortIsFinished() throws IOException {
    create("v1");
    create("v2");
    Files.move(root.resolve("v1"), root.resolve(".removing-v1"));
    Files.createDirectories(root.resolve(".removing-gone/_data/x"));
    assertThat(Volumes.open(db, new Events(), root).list())
        .extracting(Volume::name)
        .containsExactly("v2");
    try (var left = Files.list(root)) {
      assertThat(left).containsExactly(root.resolve("v2"));
    }
  }
}
