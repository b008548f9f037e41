package graft.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import graft.content.ContentStore;
import graft.content.FileContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Events;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.ImageConfig.History;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.FakeRegistry;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A disk that is full at every stage of bringing an image in: one error that says so, nothing half
/// made, and all goes well as soon as there is room.
@Tag("root")
class FullDiskTest {
  private static final int DISK_MIB = 28;

  /// What is left of the disk when the work begins; the image takes a little more than 1 MB, its
  /// compressed form as much again.
  private static final List<Integer> ROOM =
      List.of(0, 16 << 10, 300 << 10, 700 << 10, 1000 << 10, 1100 << 10, 2100 << 10);

  private static final Reference BASE = Reference.parse("full/base:1");
  private static final Reference NEW = Reference.parse("full/new:1");

  enum Work {
    IMPORT,
    LOAD,
    COMMIT,
    PULL
  }

  @TempDir Path dir;
  private SmallDisk disk;
  private Path root;
  private FakeRegistry registry;
  private Registries registries;
  private Db db;
  private ContentStore content;
  private LayerStore layers;
  private Images images;
  private Reference remote;
  private byte[] archive;

  @BeforeEach
  void open() throws Exception {
    disk = SmallDisk.mount(dir.resolve("disk"), DISK_MIB);
    root = disk.root();
    registry = new FakeRegistry();
    registries = new Registries(RegistryOptions.defaults());
    remote = Reference.parse(registry.host() + "/full:1");
    Path elsewhere = Files.createDirectory(dir.resolve("elsewhere"));
    openStores(elsewhere);
    importInto(remote);
    images.push(registries.repository(remote, Credentials.NONE), remote, Progress.SILENT);
    images.tag(remote.familiar(), NEW);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    images.save(List.of(NEW.familiar()), out);
    archive = out.toByteArray();
    db.close();
    openStores(root);
    byte[] small = tar(1);
    images.importTar(
        new Growth.Import(Optional.of(BASE), "", List.of(), Platform.host()),
        new ByteArrayInputStream(small));
  }

  private void openStores(Path directory) throws IOException {
    db = Db.open(directory.resolve("db"));
    content = FileContentStore.open(directory.resolve("content"));
    DirLayerStore dirs = DirLayerStore.open(directory, Limits.DEFAULT);
    dirs.collectLeftovers();
    layers = dirs;
    images = new Images(content, layers, db, new Events(), _ -> List.of(), List::of);
    images.collect();
  }

  @AfterEach
  void close() throws Exception {
    if (db != null) {
      db.close();
    }
    if (registry != null) {
      registries.close();
      registry.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  private static void tar(OutputStream out, int files) throws IOException {
    Random random = new Random(files);
    try (TarWriter tar = new TarWriter(out)) {
      for (int i = 0; i < files; i++) {
        byte[] bytes = new byte[50_000];
        random.nextBytes(bytes);
        tar.write(
            new TarEntry(
                Name.of("d/f" + i),
                TarEntry.Type.FILE,
                0644,
                0,
                0,
                bytes.length,
                Instant.EPOCH,
                Name.EMPTY,
                0,
                0,
                Map.of()),
            new ByteArrayInputStream(bytes));
      }
    }
  }

  private static byte[] tar(int files) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    tar(out, files);
    return out.toByteArray();
  }

  private void importInto(Reference name) throws Exception {
    images.importTar(
        new Growth.Import(Optional.of(name), "", List.of(), Platform.host()),
        new ByteArrayInputStream(tar(20)));
  }

  private void work(Work work) throws Exception {
    switch (work) {
      case IMPORT -> importInto(NEW);
      case LOAD ->
          images.load(new ByteArrayInputStream(archive), Optional.empty(), Progress.SILENT);
      case COMMIT ->
          images.commit(
              new Growth.Commit(
                  images.find(BASE.familiar()),
                  "base",
                  Optional.of(NEW),
                  new History(Optional.of(Instant.now()), "x", "", "", false),
                  s -> s,
                  out -> tar(out, 20),
                  Growth.Recorded.NOTHING));
      case PULL ->
          images.pull(
              registries.repository(remote, Credentials.NONE),
              remote,
              Platform.host(),
              Progress.SILENT);
    }
  }

  private List<String> names() {
    return images.list().stream()
        .flatMap(i -> i.names().isEmpty() ? Stream.of("<none>") : i.names().stream())
        .map(Object::toString)
        .sorted()
        .toList();
  }

  private static List<Path> in(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }

  private void everythingIsWhole(String what) throws IOException {
    List<Verify.Checked> bad = new ArrayList<>();
    images.verify(c -> {
      if (c.problem().isPresent()) {
        bad.add(c);
      }
    });
    assertThat(bad).as(what).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Work.class)
  void oneErrorAndNothingHalfMade(Work work) throws Exception {
    String name = work == Work.PULL ? remote.familiar() : NEW.familiar();
    int failures = 0;
    long longestPart = 0;
    for (int room : ROOM) {
      String what = work + " with " + room + " bytes of room";
      List<String> before = names();
      List<LayerStore.Info> layersBefore = layers.list();
      disk.fill(room);
      boolean done = false;
      try {
        work(work);
        done = true;
      } catch (GraftException e) {
        failures++;
        assertThat(e.text())
            .as(what)
            .contains(
                "no space left on device", "is full", dir.resolve("disk").toString(), "make room")
            .doesNotContain("\n");
        assertThat(names()).as(what).isEqualTo(before);
        assertThat(in(root.resolve("staging"))).as(what).isEmpty();
        List<Path> parts = in(root.resolve("content/ingest"));
        if (work == Work.PULL) {
          // What came so far is there for the next try.
          for (Path part : parts) {
            assertThat(part.getFileName().toString()).doesNotStartWith("once");
            if (Files.exists(part.resolve("data"))) {
              longestPart = Math.max(longestPart, Files.size(part.resolve("data")));
            }
          }
        } else {
          assertThat(parts).as(what).isEmpty();
          assertThat(layers.list()).as(what).containsExactlyInAnyOrderElementsOf(layersBefore);
        }
      } catch (IOException e) {
        fail(what + " does not say that the disk is full", e);
      }
      disk.empty();
      everythingIsWhole(what);
      if (!done) {
        work(work);
        everythingIsWhole(what);
      }
      assertThat(names()).as(what).hasSize(before.size() + 1);
      images.remove(name, true, true);
      // As at a restart, so that the next round begins with nothing.
      images.collect();
      assertThat(names()).as(what).isEqualTo(before);
    }
    assertThat(failures).as("rooms that are too small").isGreaterThan(2);
    if (work == Work.PULL) {
      // How much depends on what its unpacking has taken of the room by then.
      assertThat(longestPart).isPositive();
    }
  }

  /// A removal is what a user does about a full disk, so it has to work on one; and so has a start,
  /// since the daemon may have ended by it.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anImageCanBeRemoved(boolean afterAStart) throws Exception {
    importInto(NEW);
    disk.fill(0);
    if (afterAStart) {
      db.close();
      openStores(root);
    }
    images.remove(NEW.familiar(), false, true);
    images.remove(BASE.familiar(), false, true);
    assertThat(images.list()).isEmpty();
    disk.empty();
    db.close();
    openStores(root);
    assertThat(images.list()).isEmpty();
    importInto(NEW);
    everythingIsWhole("afterwards");
  }

  /// A tmpfs of its own.
  private record SmallDisk(Path mountPoint) {
    static SmallDisk mount(Path at, int mib) throws Exception {
      Files.createDirectories(at);
      assertThat(
              run("mount", "-t", "tmpfs", "-o", "size=" + mib + "m", "graft-full", at.toString()))
          .isZero();
      return new SmallDisk(at);
    }

    private static int run(String... command) throws Exception {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    Path root() throws IOException {
      return Files.createDirectories(mountPoint.resolve("data"));
    }

    private Path ballast() {
      return mountPoint.resolve("ballast");
    }

    /// Takes all of the disk but so much.
    void fill(int room) throws IOException {
      try (FileChannel file =
          FileChannel.open(
              ballast(),
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        long left = mountPoint.toFile().getUsableSpace() - room;
        for (; left > 0; left = mountPoint.toFile().getUsableSpace() - room) {
          file.write(ByteBuffer.allocate((int) Math.min(left, 1 << 20)));
        }
      }
    }

    void empty() throws IOException {
      Files.delete(ballast());
    }

    void close() throws Exception {
      run("umount", "-l", mountPoint.toString());
    }
  }
}
