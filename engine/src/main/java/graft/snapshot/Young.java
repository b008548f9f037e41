package graft.snapshot;

import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Layers that are in their place and perhaps not on disk: what is called `record` in a settled one
/// is called `young/<boot>` in them, and names the boot in whose memory their bytes are. After a
/// crash of the engine they are as good as any other; after one of the machine they are leftovers.
final class Young implements AutoCloseable {
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final String PREFIX = "young-";

  private final Path layers;

  /// Open all the time, because a sync tells a descriptor of the failures since it was opened
  /// (syncfs(2), Linux 5.8).
  private final Fd root;

  private final String name;

  /// To each a number, because a layer may go and come again while the bytes of the first are
  /// synced.
  private final Map<Digest, Long> young = new ConcurrentHashMap<>();

  private long next;

  private Young(Path layers, Fd root, String boot) {
    this.layers = layers;
    this.root = root;
    this.name = PREFIX + boot;
  }

  static Young open(Path layers, String boot) throws IOException {
    return new Young(layers, LinuxFiles.open(layers.toString(), LinuxFiles.O_DIRECTORY), boot);
  }

  /// Of the running kernel.
  static String boot() throws IOException {
    return Files.readString(BOOT).strip();
  }

  /// The file that a layer of this boot has in the place of its record.
  Path file(Path layer) {
    return layer.resolve(name);
  }

  @Override
  public void close() throws IOException {
    root.close();
  }

  /// It is in its place.
  synchronized void add(Digest diffId) {
    young.put(diffId, next++);
  }

  /// It is about to leave its place.
  synchronized void remove(Digest diffId) {
    young.remove(diffId);
  }

  boolean isYoung(Digest diffId) {
    return young.containsKey(diffId);
  }

  /// Whether there is a record of either kind.
  boolean isHere(Path layer) {
    return Files.exists(layer.resolve("record")) || Files.exists(file(layer));
  }

  /// Makes these durable: the bytes of all that are young, then their records. Does nothing, and
  /// touches no disk, if none of them is young.
  ///
  /// @param lost hears of each young layer if the disk refused some bytes, nobody knows whose
  void settle(Collection<Digest> wanted, Consumer<Digest> lost) throws IOException {
    if (wanted.stream().noneMatch(young::containsKey)) {
      return;
    }
    Map<Digest, Long> now = Map.copyOf(young);
    try {
      LinuxFiles.syncfs(root);
    } catch (IOException e) {
      for (Digest diffId : now.keySet()) {
        lost.accept(diffId);
        Files.deleteIfExists(file(directory(diffId)));
      }
      now.forEach(young::remove);
      throw e;
    }
    // All renames, then all syncs: the first of them writes the journal for the others.
    for (Map.Entry<Digest, Long> one : now.entrySet()) {
      rename(one.getKey(), one.getValue());
    }
    for (Digest diffId : now.keySet()) {
      sync(directory(diffId));
    }
    LinuxFiles.fsync(root);
    now.forEach(young::remove);
  }

  private Path directory(Digest diffId) {
    return layers.resolve(diffId.hex());
  }

  /// Somebody else may have done it.
  private synchronized void rename(Digest diffId, Long number) throws IOException {
    Path layer = directory(diffId);
    if (number.equals(young.get(diffId)) && Files.exists(file(layer))) {
      Files.move(file(layer), layer.resolve("record"), StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void sync(Path layer) throws IOException {
    if (Files.exists(layer)) { // not removed meanwhile
      try (Fd directory = LinuxFiles.open(layer.toString(), LinuxFiles.O_DIRECTORY)) {
        LinuxFiles.fsync(directory);
      }
    }
  }
}
