package graft.images;

import static org.assertj.core.api.Assertions.assertThat;

import graft.content.ContentStore;
import graft.content.FileContentStore;
import graft.db.Db;
import graft.event.Events;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.FakeRegistry;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import graft.snapshot.LayerStores;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The power is cut at random instants: the disk is copied as it is, without what the kernel has
/// only in memory, and a new engine's stores are opened on the copy. What a call had brought in
/// when it returned is there, to the last byte; what was removed is not; nothing else can be seen;
/// and what is left over goes away by itself.
///
/// Without the syncfs of the layer store, or the fsync of the content store, this fails at the
/// first cuts.
@Tag("root")
@Timeout(900)
class PowerCutTest {
  private static final int CUTS = 8;
  private static final long DISK = 512L << 20;

  @TempDir Path dir;

  private sealed interface Told {
    record Here(String id) implements Told {}

    record Going() implements Told {}

    record Gone(String id) implements Told {}
  }

  /// What the child says, as far as it was heard.
  private static final class Listener {
    private final InputStream out;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final Map<String, Told> names = new HashMap<>();
    private long lines;

    Listener(InputStream out) {
      this.out = out;
    }

    /// Hears what was said so far.
    void catchUp() throws IOException {
      while (out.available() > 0) {
        hear(out.read());
      }
    }

    /// Waits for so many lines more.
    void await(int more) throws IOException {
      long wanted = lines + more;
      while (lines < wanted) {
        hear(out.read());
      }
    }

    private void hear(int b) throws IOException {
      if (b < 0) {
        throw new IOException("the child has ended");
      }
      if (b != '\n') {
        line.write(b);
        return;
      }
      String[] words = line.toString(StandardCharsets.UTF_8).split(" ");
      line.reset();
      lines++;
      switch (words[0]) {
        case "here" -> names.put(words[1], new Told.Here(words[2]));
        case "going" -> names.put(words[1], new Told.Going());
        case "gone" -> names.put(words[1], new Told.Gone(words[2]));
        default -> throw new IOException("what does it mean by " + words[0]);
      }
    }

    Map<String, Told> names() {
      return Map.copyOf(names);
    }
  }

  @Test
  void whatWasPromisedIsThereAfterwards() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (FakeRegistry registry = new FakeRegistry();
        LoopDisk disk = LoopDisk.make(dir, "disk", DISK)) {
      Reference remote = Reference.parse(registry.host() + "/remote:1");
      publish(remote);
      Process child = start(disk.root().resolve("data"), remote);
      try {
        Listener listener = new Listener(child.getInputStream());
        listener.await(6);
        for (int cut = 0; cut < CUTS; cut++) {
          Thread.sleep(random.nextInt(1200));
          Path copy = dir.resolve("copy.img");
          signal(child, "STOP");
          Map<String, Told> promised;
          try {
            // It is stopped: what it said is in the pipe, and no more comes.
            listener.catchUp();
            promised = listener.names();
            disk.copyTo(copy);
          } finally {
            signal(child, "CONT");
          }
          try (LoopDisk after = LoopDisk.mount(dir, "after", copy)) {
            check(after.root().resolve("data"), promised, "seed " + seed + ", cut " + cut);
          }
          listener.await(3);
        }
      } finally {
        child.destroyForcibly().waitFor();
      }
    }
  }

  private static void check(Path root, Map<String, Told> promised, String what) throws Exception {
    try (Db db = Db.open(root.resolve("db"))) {
      ContentStore content = FileContentStore.open(root.resolve("content"));
      LayerStore layers = LayerStores.afterBoot(root);
      Images images = new Images(content, layers, db, new Events(), _ -> List.of(), List::of);
      promised.forEach((name, told) -> {
        List<String> ids =
            images.list().stream()
                .filter(i -> i.names().stream().anyMatch(n -> n.familiar().equals(name)))
                .map(i -> i.id().toString())
                .toList();
        switch (told) {
          case Told.Here(String id) -> assertThat(ids).as(what + ": " + name).containsExactly(id);
          case Told.Gone(String id) ->
              // It may be on its way in again.
              assertThat(ids).as(what + ": " + name).isSubsetOf(id);
          case Told.Going() -> {}
        }
      });
      List<Verify.Checked> bad = new ArrayList<>();
      images.verify(checked -> {
        if (checked.problem().isPresent()) {
          bad.add(checked);
        }
      });
      assertThat(bad).as(what).isEmpty();
      for (ImageRecord image : images.list()) {
        assertThat(image.diffIds()).as(what).allMatch(d -> layers.info(d).isPresent());
        assertThat(images.open(image).config().id()).as(what).isEqualTo(image.id());
        // An image has the whole of its recipe.
        if (image.recipe().isPresent()) {
          assertThat(images.document(image.recipe().get().document())).as(what).isNotEmpty();
          for (Digest list : image.recipe().get().lists()) {
            assertThat(images.document(list)).as(what).isNotEmpty();
          }
        }
      }
      nothingIsLeftOver(root, images, layers, content, what);
    }
  }

  private static void nothingIsLeftOver(
      Path root, Images images, LayerStore layers, ContentStore content, String what)
      throws IOException {
    layers.collectLeftovers();
    images.collect();
    List<String> needed = new ArrayList<>();
    List<String> blobs = new ArrayList<>();
    for (ImageRecord image : images.list()) {
      image.diffIds().forEach(d -> needed.add(d.hex()));
      image.holds().forEach(d -> blobs.add(d.hex()));
    }
    assertThat(names(root.resolve("layers"))).as(what).isSubsetOf(needed);
    assertThat(names(root.resolve("staging"))).as(what).isEmpty();
    try (Stream<ContentStore.Info> all = content.list()) {
      assertThat(all.map(i -> i.digest().hex())).as(what).isSubsetOf(blobs);
    }
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.map(p -> p.getFileName().toString()).toList();
    }
  }

  // ---- the child

  private static Process start(Path data, Reference remote) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            PowerCutChild.class.getName(),
            data.toString(),
            remote.familiar()));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static void signal(Process child, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(child.pid())).start().waitFor();
    if (name.equals("STOP")) {
      // A thread in the kernel stops when it comes back.
      Path tasks = Path.of("/proc/" + child.pid() + "/task");
      while (!stopped(tasks)) {
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }
  }

  private static boolean stopped(Path tasks) throws IOException {
    for (String task : names(tasks)) {
      String stat = Files.readString(tasks.resolve(task).resolve("stat"));
      if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
        return false;
      }
    }
    return true;
  }

  /// Puts an image into the registry.
  private void publish(Reference remote) throws Exception {
    Path root = Files.createDirectories(dir.resolve("publisher"));
    byte[] bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(tar)) {
      writer.write(
          new TarEntry(
              Name.of("file"),
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
    try (Db db = Db.open(root.resolve("db"));
        Registries registries = new Registries(RegistryOptions.defaults())) {
      Images images =
          new Images(
              FileContentStore.open(root.resolve("content")),
              DirLayerStore.open(root, Limits.DEFAULT),
              db,
              new Events(),
              _ -> List.of(),
              List::of);
      ImageRecord image =
          images.importTar(
              new Growth.Import(Optional.of(remote), "", List.of(), Platform.host()),
              new ByteArrayInputStream(tar.toByteArray()));
      assertThat(image.diffIds()).extracting(Digest::algorithm).containsExactly("sha256");
      images.push(registries.repository(remote, Credentials.NONE), remote, Progress.SILENT);
    }
  }
}
