package graft.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarReader;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.Mounts;
import graft.oci.Digest;
import graft.snapshot.Snapshotter.Keeping;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Overlays on the real kernel: what is mounted, what a diff says, what becomes of it after a kill.
@Tag("root")
class OverlayTest {
  @TempDir Path root;
  private DirLayerStore layers;
  private OverlaySnapshotter snapshots;
  private Digest base;
  private Digest top;

  @BeforeEach
  void layers() throws IOException {
    layers = DirLayerStore.open(root, Limits.DEFAULT);
    snapshots = OverlaySnapshotter.open(root, layers);
    base =
        LayerStoreContract.add(
                layers,
                LayerTars.tar(
                    LayerTars.dir("etc"),
                    "etc/passwd=root",
                    "etc/gone=x",
                    LayerTars.dir("full"),
                    "full/old=1",
                    LayerTars.dir("d"),
                    "d/kept=1"))
            .diffId();
    top =
        LayerStoreContract.add(
                layers, LayerTars.tar("etc/.wh.gone=", "full/.wh..wh..opq=", "full/new=2"), base)
            .diffId();
  }

  @AfterEach
  void unmountAll() throws IOException {
    for (String key : snapshots.list()) {
      snapshots.remove(key);
    }
    assertThat(Mounts.below(root.toRealPath())).isEmpty();
  }

  @Test
  void theUnionShowsWhiteoutsAndOpaqueDirectories() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    Path merged = snapshots.mount("k");
    assertThat(merged.resolve("etc/passwd")).hasContent("root");
    assertThat(merged.resolve("etc/gone")).doesNotExist();
    assertThat(merged.resolve("full/old")).doesNotExist();
    assertThat(merged.resolve("full/new")).hasContent("2");
    assertThat(merged.resolve(".dockerenv")).exists();
    assertThat(merged.resolve("etc/hosts")).exists();
    assertThat(Files.readSymbolicLink(merged.resolve("etc/mtab"))).hasToString("/proc/mounts");
  }

  @Test
  void aFreshSnapshotHasNoChanges() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    snapshots.mount("k");
    assertThat(differ().changes("k")).isEmpty();
    assertThat(snapshots.usage("k")).isZero();
  }

  private Differ differ() {
    return new OverlayDiffer(snapshots, layers);
  }

  @Test
  void changesAreWhatWasDone() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    Path merged = snapshots.mount("k");
    Files.writeString(merged.resolve("new"), "12345");
    Files.delete(merged.resolve("etc/passwd"));
    Files.writeString(merged.resolve("d/kept"), "changed");
    Files.createDirectory(merged.resolve("dir"));
    Files.writeString(merged.resolve("dir/x"), "x");
    assertThat(differ().changes("k"))
        .extracting(c -> c.kind() + " " + c.path())
        .containsExactly(
            "MODIFIED /d/kept",
            "ADDED /dir",
            "ADDED /dir/x",
            "MODIFIED /etc",
            "DELETED /etc/passwd",
            "ADDED /new");
    assertThat(snapshots.usage("k")).isEqualTo(5 + 7 + 1);
  }

  @Test
  void theUpperBecomesALayerThatGivesTheSameFiles() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    Path merged = snapshots.mount("k");
    Files.writeString(merged.resolve("a"), "same");
    Files.createLink(merged.resolve("b"), merged.resolve("a"));
    Files.delete(merged.resolve("etc/passwd"));
    Trees.delete(merged.resolve("full"));
    Files.createDirectory(merged.resolve("full"));
    Files.writeString(merged.resolve("full/mine"), "3");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    differ().writeTar("k", out);
    assertThat(paths(out.toByteArray()))
        .containsExactly(
            "FILE a",
            "HARDLINK b",
            "DIRECTORY etc",
            "FILE etc/.wh.passwd",
            "DIRECTORY full",
            "FILE full/.wh..wh..opq",
            "FILE full/mine");
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    differ().writeTar("k", again);
    assertThat(again.toByteArray()).isEqualTo(out.toByteArray());

    Digest child = LayerStoreContract.add(layers, out.toByteArray(), top, base).diffId();
    snapshots.prepare("child", List.of(child, top, base), Keeping.KEPT);
    Path view = snapshots.mount("child");
    assertThat(view.resolve("b")).hasContent("same");
    assertThat(view.resolve("etc/passwd")).doesNotExist();
    assertThat(view.resolve("full/new")).doesNotExist();
    assertThat(view.resolve("full/mine")).hasContent("3");
  }

  /// Else it would hide what another base has there.
  @Test
  void aNewDirectoryHidesNothing() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    Path merged = snapshots.mount("k");
    Files.createDirectories(merged.resolve("etc/app/deep"));
    Files.delete(merged.resolve("etc/passwd"));
    Files.createDirectory(merged.resolve("etc/passwd"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    differ().writeTar("k", out);
    assertThat(paths(out.toByteArray()))
        .containsExactly(
            "DIRECTORY etc",
            "DIRECTORY etc/app",
            "DIRECTORY etc/app/deep",
            "DIRECTORY etc/passwd",
            "FILE etc/passwd/.wh..wh..opq");

    Digest child = LayerStoreContract.add(layers, out.toByteArray(), top, base).diffId();
    Digest other = LayerStoreContract.add(layers, LayerTars.tar("etc/app/theirs=4")).diffId();
    snapshots.prepare("child", List.of(child, top, base), Keeping.KEPT);
    assertThat(snapshots.mount("child").resolve("etc/passwd")).isEmptyDirectory();
    snapshots.prepare("moved", List.of(child, other), Keeping.KEPT);
    assertThat(snapshots.mount("moved").resolve("etc/app/theirs")).hasContent("4");
  }

  private static List<String> paths(byte[] tar) throws IOException {
    TarReader reader =
        new TarReader(new ByteArrayInputStream(tar), Limits.DEFAULT, TarReader.Recorder.NONE);
    List<String> all = new ArrayList<>();
    for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
      all.add(e.get().type() + " " + e.get().path());
    }
    return all;
  }

  @Test
  void aMountThatOutlivedItsProcessIsFoundAgain() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.THROWAWAY);
    Path merged = snapshots.mount("k");
    Files.writeString(merged.resolve("x"), "1");
    OverlaySnapshotter second = OverlaySnapshotter.open(root, layers);
    assertThat(second.list()).containsExactly("k");
    assertThat(second.mount("k")).isEqualTo(merged);
    assertThat(Mounts.below(root.toRealPath())).hasSize(1);
    second.unmount("k");
    assertThat(second.mount("k").resolve("x")).hasContent("1");
    second.remove("k");
    snapshots = OverlaySnapshotter.open(root, layers);
    assertThat(snapshots.list()).isEmpty();
  }

  @Test
  void aHalfMadeSnapshotIsTakenAway() throws IOException {
    Path half = Files.createDirectories(root.resolve("snapshots/half/upper"));
    snapshots = OverlaySnapshotter.open(root, layers);
    assertThat(snapshots.exists("half")).isFalse();
    assertThat(half).doesNotExist();
  }

  @Test
  void anEmptyRecordIsNoSnapshotAndNoLayer() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.THROWAWAY);
    Files.write(root.resolve("snapshots/k/stack"), new byte[0]);
    snapshots = OverlaySnapshotter.open(root, layers);
    assertThat(snapshots.list()).isEmpty();
    Files.write(root.resolve("layers/" + top.hex() + "/record"), new byte[0]);
    layers = DirLayerStore.open(root, Limits.DEFAULT);
    layers.collectLeftovers();
    assertThat(layers.list()).extracting(LayerStore.Info::diffId).containsExactly(base);
    assertThat(root.resolve("layers/" + top.hex())).doesNotExist();
  }

  @Test
  void aFileChangedInPlaceDoesNotChangeItsDirectory() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    Path merged = snapshots.mount("k");
    Files.writeString(merged.resolve("etc/passwd"), "changed");
    assertThat(differ().changes("k"))
        .extracting(Differ.Change::path)
        .containsExactly("/etc/passwd");
  }

  @Test
  void permissionsAreNeverSetThroughALink() throws IOException {
    Path outside = Files.writeString(root.resolve("outside"), "x");
    Object before = Files.getAttribute(outside, "unix:mode");
    Files.createSymbolicLink(root.resolve("link"), outside);
    try (Fd dir = LinuxFiles.open(root.toString(), LinuxFiles.O_DIRECTORY)) {
      byte[] name = "link".getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> LinuxFiles.chmodat(dir.number(), name, 04777))
          .isInstanceOf(LinuxException.class);
    }
    assertThat(Files.getAttribute(outside, "unix:mode")).isEqualTo(before);
  }

  @Test
  void aTreeDeeperThanDescriptorsReachIsDeleted() throws IOException {
    Path tree = Files.createDirectory(root.resolve("tree"));
    byte[] name = {'d'};
    Fd at = LinuxFiles.open(tree.toString(), LinuxFiles.O_DIRECTORY);
    for (int i = 0; i < 2000; i++) {
      LinuxFiles.mkdirat(at.number(), name, 0755);
      Fd next = LinuxFiles.openat(at.number(), name, LinuxFiles.O_DIRECTORY, 0);
      at.close();
      at = next;
    }
    at.close();
    Trees.delete(tree);
    assertThat(tree).doesNotExist();
    try (Stream<Path> left = Files.list(root)) {
      assertThat(left).noneMatch(p -> p.toString().contains("deleting-"));
    }
  }

  @Test
  void refusals() throws IOException {
    snapshots.prepare("k", List.of(base), Keeping.KEPT);
    assertThatThrownBy(() -> snapshots.prepare("k", List.of(base), Keeping.KEPT))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("already");
    Digest missing = Digest.of(new byte[] {9});
    assertThatThrownBy(() -> snapshots.prepare("m", List.of(missing), Keeping.KEPT))
        .hasMessageContaining(missing.toString());
    assertThatThrownBy(() -> snapshots.prepare("../m", List.of(base), Keeping.KEPT))
        .isInstanceOf(GraftException.class);
    assertThat(snapshots.list()).containsExactly("k");
  }

  @Test
  void filesFromOutsideNeverLeaveTheRoot() throws IOException {
    Files.writeString(root.resolve("secret"), "secret");
    Path inside = Files.createDirectory(root.resolve("inside"));
    Files.createSymbolicLink(inside.resolve("abs"), Path.of("/secret"));
    Files.createSymbolicLink(inside.resolve("up"), Path.of("../../../../../../.."));
    Files.writeString(inside.resolve("file"), "mine");
    try (RootFiles files = RootFiles.open(inside)) {
      assertThat(files.stat("/abs")).isPresent();
      assertThatThrownBy(() -> files.read("/abs")).isInstanceOf(GraftException.class);
      assertThat(files.read("/up/up/file")).hasContent("mine");
      assertThat(files.stat("/../../secret")).isEmpty();
      assertThat(files.stat("/up/").orElseThrow().isDirectory()).isTrue();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      files.writeTar("/file", out);
      assertThat(paths(out.toByteArray())).containsExactly("FILE file");
      files.makeDirectories("/up/new/deep");
      assertThat(inside.resolve("new/deep")).isDirectory();
    }
  }

  @Test
  void extractionKeepsKindsWhenAsked() throws IOException {
    Path inside = Files.createDirectory(root.resolve("inside"));
    Files.createDirectory(inside.resolve("dir"));
    byte[] tar = LayerTars.tar("dir=file");
    try (RootFiles files = RootFiles.open(inside)) {
      assertThatThrownBy(
              () -> files.extract("/", new ByteArrayInputStream(tar), true, Optional.empty()))
          .hasMessage("cannot overwrite directory \"dir\" with non-directory");
      files.extract("/", new ByteArrayInputStream(tar), false, Optional.of(new int[] {5, 6}));
    }
    assertThat(inside.resolve("dir")).hasContent("file");
    assertThat(Files.getAttribute(inside.resolve("dir"), "unix:uid")).isEqualTo(5);
  }

  @Test
  void aTreeIsCopiedWithItsAttributes() throws IOException {
    snapshots.prepare("k", List.of(top, base), Keeping.KEPT);
    Path target = Files.createDirectory(root.resolve("volume"));
    try (RootFiles files = RootFiles.open(snapshots.mount("k"))) {
      assertThat(files.copyInto("/full", target)).isTrue();
      assertThat(files.copyInto("/nowhere", target)).isFalse();
    }
    assertThat(target.resolve("new")).hasContent("2");
    assertThat(Files.getAttribute(target, "unix:uid")).isEqualTo(1234);
    assertThat(Files.readAttributes(target.resolve("new"), "unix:uid,gid"))
        .isEqualTo(Map.of("uid", 1234, "gid", 70000));
    assertThat(Name.of("x").parent()).isEqualTo(Name.EMPTY);
    assertThat(Type.valueOf("FILE")).isEqualTo(Type.FILE);
  }
}
