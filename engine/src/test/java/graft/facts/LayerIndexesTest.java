package graft.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.elf.ElfFacts;
import graft.error.GraftException;
import graft.inventory.Evidence;
import graft.inventory.Inventory;
import graft.inventory.Skipped;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Over a layer store as engines have it.
@Tag("root")
class LayerIndexesTest {
  private static final byte[] CAPABILITY = {
    1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
  };

  private static final Entry.Directory IMPLICIT = new Entry.Directory(0755, 0, 0, Map.of(), false);

  @TempDir Path root;
  private DirLayerStore store;
  private LayerIndexes indexes;

  @BeforeEach
  void open() throws IOException {
    store = DirLayerStore.open(root.resolve("overlay"), Limits.DEFAULT);
    indexes = LayerIndexes.open(root.resolve("facts"), store);
  }

  @AfterEach
  void close() {
    indexes.close();
  }

  private static TarEntry entry(
      Name path, Type type, int mode, long size, String link, Map<String, Name> xattrs) {
    return new TarEntry(
        path, type, mode, 1000, 70000, size, Instant.EPOCH, Name.of(link), 5, 6, xattrs);
  }

  private static TarEntry entry(String path, Type type, int mode, String link) {
    return entry(Name.of(path), type, mode, 0, link, Map.of());
  }

  private interface Fill {
    void into(TarWriter tar) throws IOException;
  }

  private static void file(TarWriter tar, Name path, String content, Map<String, Name> xattrs)
      throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    tar.write(
        entry(path, Type.FILE, 04755, bytes.length, "", xattrs), new ByteArrayInputStream(bytes));
  }

  private static void file(TarWriter tar, String path, String content) throws IOException {
    file(tar, Name.of(path), content, Map.of());
  }

  private Digest layer(Fill fill) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      fill.into(tar);
    }
    return layer(new ByteArrayInputStream(bytes.toByteArray()));
  }

  private Digest layer(InputStream tar) throws IOException {
    try (LayerStore.Batch batch = store.begin()) {
      LayerStore.Info info = batch.add(Optional.empty(), tar, List.of(), _ -> {});
      batch.commit();
      return info.diffId();
    }
  }

  private static Entry.File content(String text, Map<String, Name> xattrs) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new Entry.File(04755, 1000, 70000, bytes.length, Digest.of(bytes), xattrs);
  }

  private Digest everything() throws IOException {
    return layer(tar -> {
      tar.write(entry("d", Type.DIRECTORY, 01777, ""));
      file(tar, "d/.wh..wh..opq", "");
      file(tar, "d/a", "#! /bin/sh -e \nexit\n");
      file(tar, "d/.wh.gone", "");
      tar.write(entry("d/hard", Type.HARDLINK, 0, "d/a"));
      tar.write(entry("d/link", Type.SYMLINK, 0777, "../x"));
      tar.write(entry("d/fifo", Type.FIFO, 0600, ""));
      tar.write(entry("d/null", Type.CHAR, 0666, ""));
      tar.write(entry("d/disk", Type.BLOCK, 0660, ""));
      file(
          tar,
          Name.of("d/capable"),
          "x",
          Map.of("security.capability", Name.of(CAPABILITY), "user.note", Name.of("n")));
      file(tar, Name.of(new byte[] {'d', '/', (byte) 0xff}), "odd", Map.of());
      file(tar, "i/j/k", "implicit");
      file(tar, "var/lib/dpkg/status", "Package: p\nStatus: a b installed\nVersion: 1\n");
      file(tar, "bad.jar", "none");
      file(tar, "bin/broken", "\u007fELF but only by its beginning");
    });
  }

  @Test
  void whatALayerHas() throws IOException {
    LayerFacts facts = indexes.of(everything());
    Map<String, Name> xattrs =
        Map.of("security.capability", Name.of(CAPABILITY), "user.note", Name.of("n"));
    Entry.File script = content("#! /bin/sh -e \nexit\n", Map.of());
    Map<String, Entry> expected =
        Map.ofEntries(
            Map.entry("d", new Entry.Directory(01777, 1000, 70000, Map.of(), true)),
            Map.entry("d/a", script),
            Map.entry("d/hard", script),
            Map.entry("d/gone", new Entry.Whiteout()),
            Map.entry("d/link", new Entry.Link(1000, 70000, "../x")),
            Map.entry("d/fifo", special(Entry.Special.Type.FIFO, 0600, 0)),
            Map.entry("d/null", special(Entry.Special.Type.CHAR, 0666, 5)),
            Map.entry("d/disk", special(Entry.Special.Type.BLOCK, 0660, 5)),
            Map.entry("d/capable", content("x", xattrs)),
            Map.entry("d/\udcff", content("odd", Map.of())),
            Map.entry("i", IMPLICIT),
            Map.entry("i/j", IMPLICIT),
            Map.entry("i/j/k", content("implicit", Map.of())),
            Map.entry("var", IMPLICIT),
            Map.entry("var/lib", IMPLICIT),
            Map.entry("var/lib/dpkg", IMPLICIT),
            Map.entry(
                "var/lib/dpkg/status",
                content("Package: p\nStatus: a b installed\nVersion: 1\n", Map.of())),
            Map.entry("bad.jar", content("none", Map.of())),
            Map.entry("bin", IMPLICIT),
            Map.entry("bin/broken", content("\u007fELF but only by its beginning", Map.of())));
    assertThat(facts.entries()).containsExactlyInAnyOrderEntriesOf(expected);
    assertThat(facts.shebangs())
        .containsExactlyEntriesOf(
            new TreeMap<>(Map.of("d/a", "/bin/sh -e", "d/hard", "/bin/sh -e")));
    assertThat(facts.elves()).containsOnlyKeys("bin/broken");
    assertThat(facts.elves().get("bin/broken")).isInstanceOf(ElfFacts.Unreadable.class);
    assertThat(facts.evidence()).containsOnlyKeys("var/lib/dpkg/status");
    assertThat(facts.skipped()).contains(new Skipped("bad.jar", "it is no zip, or not whole"));
  }

  private static Entry special(Entry.Special.Type type, int mode, int major) {
    return new Entry.Special(type, mode, 1000, 70000, major, major == 0 ? 0 : 6);
  }

  private List<String> onDisk() throws IOException {
    try (Stream<Path> all = Files.list(root.resolve("facts"))) {
      return all.map(p -> p.getFileName().toString()).toList();
    }
  }

  @Test
  void keptAndReadAgain() throws IOException {
    Digest diffId = everything();
    LayerFacts made = indexes.of(diffId);
    assertThat(onDisk()).containsExactly(diffId.hex());
    try (LayerIndexes next = LayerIndexes.open(root.resolve("facts"), store)) {
      // Were it not read from there, this would be missing.
      byte[] bytes = Files.readAllBytes(root.resolve("facts").resolve(diffId.hex()));
      assertThat(FactsFile.read(diffId, bytes)).contains(made);
      assertThat(next.of(diffId)).isEqualTo(made);
    }
  }

  @Test
  void aFileThatIsNotWholeIsMadeAnew() throws IOException {
    Digest diffId = everything();
    LayerFacts made = indexes.of(diffId);
    Path file = root.resolve("facts").resolve(diffId.hex());
    byte[] good = Files.readAllBytes(file);
    for (int at : new int[] {0, 11, 20, 45, 50, 60, good.length - 1}) {
      byte[] bad = good.clone();
      bad[at] ^= 0x40;
      assertThat(FactsFile.read(diffId, bad)).as("byte %d", at).isEmpty();
      Files.write(file, bad);
      try (LayerIndexes next = LayerIndexes.open(root.resolve("facts"), store)) {
        assertThat(next.of(diffId)).isEqualTo(made);
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(good);
    }
    assertThat(FactsFile.read(diffId, new byte[0])).isEmpty();
    assertThat(FactsFile.read(Digest.of(new byte[0]), good)).isEmpty();
  }

  @Test
  void leftoversAreRemoved() throws IOException {
    Digest diffId = everything();
    LayerFacts ignored = indexes.of(diffId);
    Path facts = root.resolve("facts");
    Files.write(facts.resolve(diffId.hex() + ".half"), new byte[3]);
    Files.write(facts.resolve("0".repeat(64)), new byte[3]);
    LayerIndexes.open(facts, store).close();
    assertThat(onDisk()).containsExactly(diffId.hex());
    assertThat(ignored).isNotNull();
  }

  @Test
  void goesWithItsLayer() throws IOException {
    store.watch(indexes);
    Digest diffId = everything();
    assertThat(indexes.of(diffId).diffId()).isEqualTo(diffId);
    store.delete(diffId);
    assertThat(onDisk()).isEmpty();
    assertThatThrownBy(() -> indexes.of(diffId))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.NOT_FOUND));
  }

  @Test
  void madeInTheBackground() throws IOException, InterruptedException {
    store.watch(indexes);
    Digest diffId = everything();
    Instant end = Instant.now().plus(Duration.ofMinutes(3));
    while (!onDisk().contains(diffId.hex()) && Instant.now().isBefore(end)) {
      Thread.sleep(50);
    }
    assertThat(onDisk()).containsExactly(diffId.hex());
  }

  /// A thread that reads a layer without having been asked.
  private Thread unasked(Digest diffId) {
    return Thread.ofPlatform().start(() -> indexes.makeUnasked(diffId));
  }

  private static void awaitWaiting(Thread thread) {
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void stepsBackForWhoeverIsBusy() throws Exception {
    Digest diffId = everything();
    LayerIndexes.Busy first = indexes.busy();
    LayerIndexes.Busy second = indexes.busy();
    Thread reader = unasked(diffId);
    awaitWaiting(reader);
    first.close();
    first.close();
    awaitWaiting(reader);
    assertThat(indexes.isMade(diffId)).isFalse();
    second.close();
    reader.join();
    assertThat(indexes.isMade(diffId)).isTrue();
  }

  @Test
  void doesNotStepBackOnceSomebodyWaitsForIt() throws Exception {
    Digest diffId = everything();
    try (LayerIndexes.Busy _ = indexes.busy()) {
      Thread reader = unasked(diffId);
      awaitWaiting(reader);
      assertThat(indexes.of(diffId).entries()).containsKey("d/a");
      reader.join();
    }
  }

  @Test
  void stepsBackForSoLongOnly() throws IOException {
    Courtesy courtesy = new Courtesy(Duration.ofNanos(1));
    courtesy.begin();
    Digest diffId = everything();
    LayerFacts facts = LayerReader.read(diffId, store.lower(diffId), courtesy.pace(() -> false));
    assertThat(facts.entries()).containsKey("d/a");
  }

  @Test
  void askedForByManyAtOnce() throws Exception {
    Digest diffId = everything();
    try (ExecutorService all = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<LayerFacts>> answers = new ArrayList<>();
      Callable<LayerFacts> ask = () -> indexes.of(diffId);
      for (int i = 0; i < 20; i++) {
        answers.add(all.submit(ask));
      }
      Set<Integer> made = new HashSet<>();
      for (Future<LayerFacts> answer : answers) {
        made.add(System.identityHashCode(answer.get()));
      }
      assertThat(made).hasSize(1);
    }
  }

  @Test
  void contents() throws IOException {
    Digest diffId = everything();
    try (InputStream in = indexes.open(diffId, "i/j/k")) {
      assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("implicit");
    }
    try (InputStream in = indexes.open(diffId, "d/\udcff")) {
      assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("odd");
    }
    for (String path : List.of("d", "d/link", "d/fifo", "d/gone", "nothing", "d/a/b", "d/link/y")) {
      assertThatThrownBy(() -> indexes.open(diffId, path))
          .as(path)
          .isInstanceOf(GraftException.class)
          .hasMessageContaining("has no file");
    }
  }

  @Test
  void bounds() throws IOException {
    String deep = "d/".repeat(LayerReader.DEEPEST + 3) + "f";
    Digest diffId = layer(tar -> file(tar, deep, "x"));
    assertThat(indexes.of(diffId).skipped())
        .containsExactly(
            new Skipped(
                "d/".repeat(LayerReader.DEEPEST) + "d", "more than 256 directories in each other"));

    Digest many =
        layer(tar -> {
          for (int i = 0; i < 50; i++) {
            file(tar, "f" + i, "x");
          }
        });
    LayerFacts facts = LayerReader.read(many, store.lower(many), 20, () -> {});
    assertThat(facts.entries()).hasSize(20);
    assertThat(facts.skipped()).containsExactly(new Skipped("", "more than 20 files in one layer"));
    assertThat(LayerReader.read(many, store.lower(many), 50, () -> {}).skipped()).isEmpty();
  }

  /// Of a tar of a whole system, `-Dgraft.debian=TAR`: prints how long what takes.
  @Test
  @EnabledIfSystemProperty(named = "graft.debian", matches = ".+")
  void aSystem() throws IOException {
    Digest diffId;
    try (InputStream tar = Files.newInputStream(Path.of(System.getProperty("graft.debian", "")))) {
      diffId = layer(tar);
    }
    long start = System.nanoTime();
    LayerFacts made = indexes.of(diffId);
    say("read a layer of " + made.entries().size() + " entries", start);
    for (int i = 0; i < 3; i++) {
      start = System.nanoTime();
      assertThat(LayerReader.read(diffId, store.lower(diffId), () -> {})).isEqualTo(made);
      say("and once more", start);
    }
    long size = Files.size(root.resolve("facts").resolve(diffId.hex()));
    for (int i = 0; i < 20; i++) {
      try (LayerIndexes next = LayerIndexes.open(root.resolve("facts"), store)) {
        start = System.nanoTime();
        LayerFacts facts = next.of(diffId);
        say("read its facts, " + size + " bytes", start);
        assertThat(facts).isEqualTo(made);
        start = System.nanoTime();
        Inventory inventory = Inventories.of(Root.of(List.of(facts)));
        say("its " + inventory.packages().size() + " packages", start);
        assertThat(inventory.packages()).hasSizeGreaterThan(50);
        assertThat(inventory.missing()).isEmpty();
      }
    }
    long symbols = made.elves().values().stream().mapToLong(LayerReader::weight).sum();
    long files =
        made.evidence().values().stream()
            .mapToLong(e -> e instanceof Evidence.Files f ? f.paths().size() : 0)
            .sum();
    System.out.println(
        made.elves().size()
            + " programs, "
            + symbols
            + " symbols, "
            + files
            + " listed files; "
            + made.skipped());
  }

  private static void say(String what, long start) {
    System.out.println(what + ": " + (System.nanoTime() - start) / 1_000_000 + " ms");
  }
}
