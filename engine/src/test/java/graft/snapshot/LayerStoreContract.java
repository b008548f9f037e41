package graft.snapshot;

import static graft.snapshot.LayerTars.collisions;
import static graft.snapshot.LayerTars.dir;
import static graft.snapshot.LayerTars.entry;
import static graft.snapshot.LayerTars.sparse;
import static graft.snapshot.LayerTars.symlink;
import static graft.snapshot.LayerTars.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.Xattrs;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [LayerStore] promises. A backend is tested by a subclass that opens one.
@Tag("root")
public abstract class LayerStoreContract {

  @TempDir protected Path root;

  protected abstract LayerStore open(Path directory) throws IOException;

  /// As if the machine had stopped and started.
  protected abstract LayerStore afterBoot(Path directory) throws IOException;

  private static Digest published(LayerStore store, byte[] tar) throws IOException {
    try (LayerStore.Batch batch = store.begin()) {
      Digest diffId =
          batch.add(Optional.empty(), new ByteArrayInputStream(tar), List.of(), _ -> {}).diffId();
      batch.publish();
      return diffId;
    }
  }

  // ---- what outlives what

  @Test
  void whatIsPublishedOutlivesTheEngine() throws IOException {
    Digest diffId = published(open(root), tar("a=1"));
    LayerStore next = open(root);
    next.collectLeftovers();
    assertThat(next.verify(diffId)).isTrue();
    // And can still be settled.
    next.settle(List.of(diffId));
    assertThat(afterBoot(root).verify(diffId)).isTrue();
  }

  @Test
  void whatIsOnlyPublishedIsNotBelievedAfterTheEndOfTheMachine() throws IOException {
    Digest diffId = published(open(root), tar("a=1"));
    LayerStore next = afterBoot(root);
    assertThat(next.info(diffId)).isEmpty();
    next.collectLeftovers();
    assertThat(add(next, tar("a=1")).diffId()).isEqualTo(diffId);
    assertThat(afterBoot(root).verify(diffId)).isTrue();
  }

  @Test
  void oneIsSettledWithAllOthers() throws IOException {
    LayerStore store = open(root);
    Digest one = published(store, tar("a=1"));
    Digest other = published(store, tar("b=2"));
    store.settle(List.of());
    assertThat(afterBoot(root).list()).isEmpty();
    store.settle(List.of(one, Digest.of(new byte[] {1})));
    LayerStore next = afterBoot(root);
    assertThat(next.list()).extracting(LayerStore.Info::diffId).contains(one, other);
    assertThat(next.verify(other)).isTrue();
  }

  @Test
  void aBatchThatFindsALayerPublishedMakesItDurable() throws IOException {
    LayerStore store = open(root);
    Digest diffId = published(store, tar("a=1"));
    assertThat(add(store, tar("a=1")).diffId()).isEqualTo(diffId);
    assertThat(afterBoot(root).verify(diffId)).isTrue();
  }

  @Test
  void whatWasPublishedCanBeDeletedAndComeAgain() throws IOException {
    LayerStore store = open(root);
    Digest diffId = published(store, tar("a=1"));
    assertThat(store.delete(diffId)).isTrue();
    assertThat(store.info(diffId)).isEmpty();
    store.settle(List.of(diffId));
    assertThat(open(root).info(diffId)).isEmpty();
    published(store, tar("a=1"));
    assertThat(afterBoot(root).info(diffId)).isEmpty();
    store.settle(List.of(diffId));
    assertThat(afterBoot(root).verify(diffId)).isTrue();
  }

  static LayerStore.Info add(LayerStore store, byte[] tar, Digest... parents) throws IOException {
    try (LayerStore.Batch batch = store.begin()) {
      LayerStore.Info info =
          batch.add(Optional.empty(), new ByteArrayInputStream(tar), List.of(parents), _ -> {});
      batch.commit();
      return info;
    }
  }

  private static Stat stat(Path base, String path) throws IOException {
    try (Fd dir = LinuxFiles.open(base.toString(), LinuxFiles.O_DIRECTORY)) {
      return LinuxFiles.stat(dir.number(), path.getBytes(StandardCharsets.UTF_8));
    }
  }

  // ---- what goes in comes out

  @Test
  void theTarComesBackByteForByte() throws IOException {
    LayerStore store = open(root);
    String longName = "d/" + "n".repeat(200);
    byte[] tar =
        tar(
            dir("d"),
            "d/a=hello",
            "d/empty=",
            longName + "=long",
            symlink("d/link", "/etc/passwd"),
            entry("d/hard", Type.HARDLINK, 0644, 0, "d/a", Map.of()),
            entry(
                "d/x",
                Type.FILE,
                04755,
                0,
                "",
                Map.of("user.odd", Name.of(new byte[] {0, 1, (byte) 0xff, 10}))),
            entry("d/pipe", Type.FIFO, 0600, 0, "", Map.of()),
            entry("d/.wh.gone", Type.FILE, 0, 0, "", Map.of()),
            entry("d/.wh..wh..opq", Type.FILE, 0, 0, "", Map.of()));
    LayerStore.Info info = add(store, tar);
    assertThat(info.diffId()).isEqualTo(Digest.of(tar));
    assertThat(info.tarSize()).isEqualTo(tar.length);
    assertThat(info.size()).isEqualTo("hello".length() + "long".length());
    assertThat(store.tar(info.diffId())).hasBinaryContent(tar);
    assertThat(store.verify(info.diffId())).isTrue();
  }

  @Test
  void bytesBehindTheEndOfTheArchiveBelongToIt() throws IOException {
    LayerStore store = open(root);
    byte[] tar = tar("a=1");
    byte[] padded = java.util.Arrays.copyOf(tar, tar.length + 10_240);
    padded[padded.length - 1] = 7;
    LayerStore.Info info = add(store, padded);
    assertThat(info.diffId()).isEqualTo(Digest.of(padded));
    assertThat(store.tar(info.diffId())).hasBinaryContent(padded);
  }

  @Test
  void attributesAreSetToTheNanosecond() throws IOException {
    LayerStore store = open(root);
    LayerStore.Info info =
        add(
            store,
            tar(
                dir("d"),
                entry("d/suid", Type.FILE, 06755, 0, "", Map.of()),
                symlink("d/link", "nowhere")));
    Path lower = store.lower(info.diffId());
    Stat suid = stat(lower, "d/suid");
    assertThat(suid.permissions()).isEqualTo(06755);
    assertThat(suid.uid()).isEqualTo(1234);
    assertThat(suid.gid()).isEqualTo(70000);
    for (String path : List.of("d", "d/suid", "d/link")) {
      Stat s = stat(lower, path);
      assertThat(s.mtimeSeconds()).as(path).isEqualTo(LayerTars.T.getEpochSecond());
      assertThat(s.mtimeNanos()).as(path).isEqualTo(LayerTars.T.getNano());
      assertThat(s.uid()).as(path).isEqualTo(1234);
    }
    assertThat(Files.readSymbolicLink(lower.resolve("d/link"))).hasToString("nowhere");
  }

  @Test
  void whiteoutsAreInOverlayForm() throws IOException {
    LayerStore store = open(root);
    LayerStore.Info info =
        add(
            store,
            tar(
                dir("d"),
                entry("d/.wh.gone", Type.FILE, 0, 0, "", Map.of()),
                entry("d/.wh..wh..opq", Type.FILE, 0, 0, "", Map.of()),
                entry("d/.wh..wh.plnk", Type.FILE, 0, 0, "", Map.of())));
    Path lower = store.lower(info.diffId());
    assertThat(stat(lower, "d/gone").isWhiteout()).isTrue();
    assertThat(Files.exists(lower.resolve("d/.wh..wh.plnk"))).isFalse();
    try (Fd dir = LinuxFiles.open(lower.toString(), LinuxFiles.O_DIRECTORY)) {
      assertThat(
              Xattrs.get(
                  dir.number(), "d".getBytes(StandardCharsets.UTF_8), "trusted.overlay.opaque"))
          .hasValueSatisfying(v -> assertThat(v).containsExactly('y'));
    }
  }

  @Test
  void namesAreBytes() throws IOException {
    LayerStore store = open(root);
    TarEntry odd =
        new TarEntry(
            Name.of(new byte[] {'a', (byte) 0xff, '\n', (byte) 0xc3}),
            Type.FILE,
            0644,
            0,
            0,
            3,
            LayerTars.T,
            Name.EMPTY,
            0,
            0,
            Map.of());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(bytes)) {
      writer.write(odd, new ByteArrayInputStream(new byte[] {1, 2, 3}));
    }
    LayerStore.Info info = add(store, bytes.toByteArray());
    assertThat(store.tar(info.diffId())).hasBinaryContent(bytes.toByteArray());
    try (Fd dir = LinuxFiles.open(store.lower(info.diffId()).toString(), LinuxFiles.O_DIRECTORY)) {
      assertThat(LinuxFiles.list(dir)).containsExactly(odd.path().bytes());
    }
  }

  @Test
  void runsOfZerosBecomeHoles() throws IOException {
    LayerStore store = open(root);
    int size = 8 << 20;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(bytes)) {
      writer.write(
          entry("zeros", Type.FILE, 0644, size, "", Map.of()),
          new ByteArrayInputStream(new byte[size]));
    }
    LayerStore.Info info = add(store, bytes.toByteArray());
    Stat s = stat(store.lower(info.diffId()), "zeros");
    assertThat(s.size()).isEqualTo(size);
    assertThat(s.blocks()).isLessThan(64);
    assertThat(store.verify(info.diffId())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0"
      })
  void sparseFilesStaySparse(String format) throws Exception {
    Path in = Files.createDirectory(root.resolve("in"));
    byte[] content = new byte[40 << 20];
    try (RandomAccessFile file = new RandomAccessFile(in.resolve("file").toFile(), "rw")) {
      file.setLength(content.length);
      for (int at = 0; at < content.length; at += 4 << 20) {
        content[at] = 7;
        file.seek(at);
        file.write(7);
      }
    }
    List<String> command = new ArrayList<>(List.of("tar", "-S"));
    command.addAll(List.of(format.split(" ")));
    command.addAll(List.of("-C", in.toString(), "-cf", "-", "file"));
    Process packing = new ProcessBuilder(command).start();
    byte[] tar = packing.getInputStream().readAllBytes();
    assertThat(packing.waitFor()).isZero();
    LayerStore store = open(root.resolve("store"));
    LayerStore.Info info = add(store, tar);
    assertThat(info.size()).isEqualTo(content.length);
    assertThat(info.tarSize()).isEqualTo(tar.length);
    assertThat(store.tar(info.diffId())).hasBinaryContent(tar);
    Path file = store.lower(info.diffId()).resolve("file");
    assertThat(java.util.Arrays.equals(Files.readAllBytes(file), content)).isTrue();
    // Of 512 bytes.
    assertThat(stat(store.lower(info.diffId()), "file").blocks()).isLessThan(1000);
  }

  @Test
  void aHoleOfAnySizeCostsNothing() throws IOException {
    LayerStore store = open(root);
    long size = 900L << 30;
    byte[] tar = sparse(size);
    LayerStore.Info info = add(store, tar);
    assertThat(info.size()).isEqualTo(size);
    assertThat(stat(store.lower(info.diffId()), "f").size()).isEqualTo(size);
    assertThat(store.tar(info.diffId())).hasBinaryContent(tar);
    assertThatThrownBy(() -> add(store, sparse(Long.MAX_VALUE)))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("limit");
  }

  // ---- directories that the tar does not name

  @Test
  void anImplicitDirectoryTakesTheAttributesOfTheLayerBelow() throws IOException {
    LayerStore store = open(root);
    Digest base = add(store, tar(entry("d", Type.DIRECTORY, 01777, 0, "", Map.of()))).diffId();
    Digest top = add(store, tar("d/f=1"), base).diffId();
    Stat s = stat(store.lower(top), "d");
    assertThat(s.permissions()).isEqualTo(01777);
    assertThat(s.uid()).isEqualTo(1234);
    Digest alone = add(store, tar("e/f=1")).diffId();
    assertThat(stat(store.lower(alone), "e").permissions()).isEqualTo(0755);
    assertThat(stat(store.lower(alone), "e").uid()).isZero();
  }

  /// Layers of one image come in at the same time: whichever is first, the result is the same.
  @ParameterizedTest
  @ValueSource(strings = {"0 1 2", "2 1 0", "1 2 0"})
  void implicitDirectoriesDoNotDependOnTheOrder(String order) throws IOException {
    LayerStore store = open(root);
    byte[][] tars = {
      tar(entry("d", Type.DIRECTORY, 01777, 0, "", Map.of())), tar("d/f=1"), tar("d/e/g=1")
    };
    List<Digest> stack = new ArrayList<>();
    for (byte[] tar : tars) {
      stack.addFirst(Digest.of(tar));
    }
    try (LayerStore.Batch batch = store.begin()) {
      for (String number : order.split(" ")) {
        int i = Integer.parseInt(number);
        batch.add(
            Optional.empty(),
            new ByteArrayInputStream(tars[i]),
            stack.subList(stack.size() - i, stack.size()),
            _ -> {});
      }
      batch.commit();
    }
    for (Digest layer : stack) {
      assertThat(stat(store.lower(layer), "d").permissions()).isEqualTo(01777);
      assertThat(stat(store.lower(layer), "d").uid()).isEqualTo(1234);
    }
    assertThat(stat(store.lower(stack.getFirst()), "d/e").permissions()).isEqualTo(0755);
  }

  // ---- hostile archives

  @ParameterizedTest
  @ValueSource(strings = {"../x=1", "a/../../x=1", "a/..=1"})
  void pathsThatClimbAreRefused(String file) throws IOException {
    LayerStore store = open(root);
    assertThatThrownBy(() -> add(store, tar(file)))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("escapes");
    assertNothingLeft(store);
  }

  @Test
  void aSymlinkOfTheArchiveLeadsNowhereOutside() throws IOException {
    Path outside = Files.createDirectory(root.resolve("outside"));
    Path storeRoot = root.resolve("store");
    LayerStore store = open(storeRoot);
    LayerStore.Info info = add(store, tar(dir("d"), symlink("out", "/d"), "out/inside=1"));
    assertThat(store.lower(info.diffId()).resolve("d/inside")).hasContent("1");
    assertThatThrownBy(() -> add(store, tar(symlink("esc", outside.toString()), "esc/file=1")))
        .isInstanceOf(GraftException.class);
    assertThatThrownBy(
            () -> add(store, tar(symlink("up", "../../../../../../../outside"), "up/file=1")))
        .isInstanceOf(GraftException.class);
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void aHardLinkOutOfTheLayerIsRefused() throws IOException {
    LayerStore store = open(root);
    assertThatThrownBy(
            () -> add(store, tar(entry("h", Type.HARDLINK, 0, 0, "/etc/passwd", Map.of()))))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("hard link");
    assertNothingLeft(store);
  }

  @Test
  void attributesOfOverlayfsAreRefused() throws IOException {
    LayerStore store = open(root);
    assertThatThrownBy(() ->
            add(
                store,
                tar(
                    entry(
                        "d",
                        Type.DIRECTORY,
                        0755,
                        0,
                        "",
                        Map.of("trusted.overlay.redirect", Name.of("/etc"))))))
        .hasMessageContaining("overlayfs");
  }

  @Test
  void aPathAsDeepAsTheLimitIsUnpacked() throws IOException {
    LayerStore store = open(root);
    String deep = "/a".repeat(2000);
    Digest one = add(store, tar("x" + deep + "/f=1")).diffId();
    assertThat(store.verify(one)).isTrue();
    // JUnit cannot delete what is as deep as this.
    Trees.delete(store.lower(one).resolve("x"));
  }

  @Test
  void aSymlinkLoopIsRefused() throws IOException {
    LayerStore store = open(root);
    assertThatThrownBy(() -> add(store, tar(symlink("a", "b"), symlink("b", "a"), "a/f=1")))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("symbolic link");
  }

  @Test
  void aLaterEntryReplacesAnEarlierOne() throws IOException {
    LayerStore store = open(root);
    LayerStore.Info info =
        add(store, tar(dir("x"), "x/in=1", symlink("y", "x"), dir("y"), "y/f=2", "x/in=3"));
    Path lower = store.lower(info.diffId());
    assertThat(lower.resolve("x/in")).hasContent("3");
    assertThat(lower.resolve("y/f")).hasContent("2");
    assertThat(Files.isSymbolicLink(lower.resolve("y"))).isFalse();
  }

  /// The payload of what was replaced belongs to the tar, too.
  @Test
  void theTarComesBackWhateverReplacedWhat() throws IOException {
    LayerStore store = open(root);
    TarEntry hard = entry("h", Type.HARDLINK, 0644, 0, "f", Map.of());
    TarEntry whiteout = entry(".wh.f", Type.FILE, 0, 0, "", Map.of());
    TarEntry fifo = entry("f", Type.FIFO, 0600, 0, "", Map.of());
    List<byte[]> tars =
        List.of(
            tar("f=1", "f=two", "f=three"),
            tar("f=1", "./f=2"),
            tar("f=1", whiteout),
            tar("f=1", whiteout, "f=2", whiteout, "f=3"),
            tar("f=1", hard, "f=2", "h=3"),
            tar("f=1", hard, "h=2"),
            tar("f=1", fifo),
            tar("f=1", symlink("f", "elsewhere")),
            tar("f=1", dir("f"), "f/g=2"),
            tar("f=1", "f/g=2"),
            tar(dir("d"), "d/e/a=1", "d/e/b=2", "d=3", "d/e/a=4"),
            // A link of the path is replaced, not the file.
            tar(dir("a"), dir("b"), symlink("l", "a"), "l/f=1", symlink("l", "b"), "l/f=2"),
            tar(dir("a"), symlink("l", "a"), "l/f=1", dir("l"), "l/f=2", "a/f=3"),
            tar(dir("a"), symlink("l", "a"), "l/f=1", "l=2"),
            // Marks with content, which nobody writes.
            tar("f=1", ".wh.g=2", "d/.wh..wh..opq=3", ".wh..wh.plnk=4", "./=5", "h=6"));
    for (byte[] tar : tars) {
      LayerStore.Info info = add(store, tar);
      assertThat(info.tarSize()).isEqualTo(tar.length);
      assertThat(store.tar(info.diffId())).hasBinaryContent(tar);
      assertThat(store.verify(info.diffId())).isTrue();
    }
  }

  @Test
  void aFileThatAHardLinkKeepsHasTheLinksItShows() throws IOException {
    LayerStore store = open(root);
    TarEntry hard = entry("h", Type.HARDLINK, 0644, 0, "f", Map.of());
    LayerStore.Info info = add(store, tar("f=1", hard, "h=2"));
    assertThat(stat(store.lower(info.diffId()), "f").links()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theTarComesBackAfterAnyEntries(long seed) throws IOException {
    LayerStore store = open(root);
    Random random = new Random(seed);
    int whole = 0;
    for (int i = 0; i < 100; i++) {
      byte[] tar = collisions(random);
      try {
        LayerStore.Info info = add(store, tar);
        whole++;
        assertThat(store.tar(info.diffId())).as("number " + i).hasBinaryContent(tar);
      } catch (GraftException e) {
        // A link that leads nowhere, or in a circle.
        assertThat(e.text()).contains("link");
      }
    }
    assertThat(whole).isGreaterThan(20);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 511, 513, 700, 1500})
  void aTarThatIsCutOffIsRefused(int length) throws IOException {
    LayerStore store = open(root);
    byte[] tar = tar("file=" + "x".repeat(1000));
    assertThatThrownBy(() -> add(store, java.util.Arrays.copyOf(tar, length)))
        .isInstanceOf(GraftException.class);
    assertNothingLeft(store);
  }

  @Test
  void junkIsRefused() throws IOException {
    LayerStore store = open(root);
    assertThatThrownBy(() -> add(store, "x".repeat(2000).getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("tar");
  }

  private void assertNothingLeft(LayerStore store) {
    assertThat(store.list()).isEmpty();
  }

  // ---- batches

  @Test
  void nothingIsVisibleBeforeTheCommit() throws IOException {
    LayerStore store = open(root);
    byte[] tar = tar("a=1");
    Digest diffId = Digest.of(tar);
    try (LayerStore.Batch batch = store.begin()) {
      batch.add(Optional.of(diffId), new ByteArrayInputStream(tar), List.of(), _ -> {});
      assertThat(store.info(diffId)).isEmpty();
    }
    assertThat(store.info(diffId)).isEmpty();
    add(store, tar);
    assertThat(store.info(diffId)).isPresent();
    assertThat(open(root).info(diffId)).isEqualTo(store.info(diffId));
  }

  @Test
  void anotherDigestThanPromisedIsRefused() throws IOException {
    LayerStore store = open(root);
    try (LayerStore.Batch batch = store.begin()) {
      assertThatThrownBy(() ->
              batch.add(
                  Optional.of(Digest.of(new byte[0])),
                  new ByteArrayInputStream(tar("a=1")),
                  List.of(),
                  _ -> {}))
          .isInstanceOf(GraftException.class)
          .hasMessageContaining("promised");
      batch.commit();
    }
    assertThat(store.list()).isEmpty();
  }

  @Test
  void manyLayersAtOnce() throws Exception {
    LayerStore store = open(root);
    List<byte[]> tars =
        IntStream.range(0, 20)
            .mapToObj(i -> {
              try {
                return tar(dir("d" + i), "d" + i + "/f=" + i);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            })
            .toList();
    try (LayerStore.Batch batch = store.begin();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<LayerStore.Info>> all =
          tars.stream()
              .map(t ->
                  threads.submit(() ->
                      batch.add(
                          Optional.of(Digest.of(t)),
                          new ByteArrayInputStream(t),
                          List.of(),
                          _ -> {})))
              .toList();
      for (Future<LayerStore.Info> f : all) {
        f.get();
      }
      batch.commit();
    }
    assertThat(store.list()).hasSize(20);
    for (byte[] t : tars) {
      assertThat(store.verify(Digest.of(t))).isTrue();
    }
  }

  @Test
  void aDamagedLayerIsFound() throws IOException {
    LayerStore store = open(root);
    Digest diffId = add(store, tar("a=hello")).diffId();
    Files.writeString(store.lower(diffId).resolve("a"), "hallo");
    assertThat(store.verify(diffId)).isFalse();
  }

  @Test
  void aDeletedLayerIsGone() throws IOException {
    LayerStore store = open(root);
    Digest diffId = add(store, tar("a=1")).diffId();
    assertThat(store.delete(diffId)).isTrue();
    assertThat(store.delete(diffId)).isFalse();
    assertThat(store.info(diffId)).isEmpty();
    assertThat(open(root).list()).isEmpty();
    assertThatThrownBy(() -> store.lower(diffId)).isInstanceOf(GraftException.class);
  }
}
