package graft.build.cache;

import graft.build.dockerfile.RunMount;
import graft.linux.DiskUsage;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.oci.Digest;
import graft.snapshot.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Directories of `RUN --mount=type=cache`, which outlive builds.
///
/// ```
/// <root>/<hash of the id>/id         what it is called
/// <root>/<hash of the id>/<n>/data   the first, and those that `private` made beside it
/// ```
public final class CacheMounts {
  private final Path root;

  /// How many steps have a directory mounted.
  private final Map<Path, Integer> users = new HashMap<>();

  /// Locked by a step that wants no other beside it.
  private final Map<Path, Boolean> locked = new HashMap<>();

  public CacheMounts(Path root) {
    this.root = root;
  }

  /// A directory while a step has it.
  public final class Taken implements AutoCloseable {
    private final Path place;
    private final boolean fresh;

    private Taken(Path place, boolean fresh) {
      this.place = place;
      this.fresh = fresh;
    }

    public Path directory() {
      return place.resolve("data");
    }

    /// Nobody had it before: it may have to be filled.
    public boolean isFresh() {
      return fresh;
    }

    @Override
    public void close() throws IOException {
      synchronized (CacheMounts.this) {
        users.computeIfPresent(place, (_, n) -> n == 1 ? null : n - 1);
        locked.remove(place);
        CacheMounts.this.notifyAll();
      }
      if (Files.exists(place)) {
        Files.setLastModifiedTime(place, FileTime.from(Instant.now()));
      }
    }
  }

  /// Waits for a locked one.
  ///
  /// @param owner uid and gid of a new one on this host
  public Taken take(RunMount.Cache mount, long[] owner) throws IOException, InterruptedException {
    Path caches = root.resolve(Digest.of(mount.id().getBytes(StandardCharsets.UTF_8)).hex());
    synchronized (this) {
      Path place = caches.resolve("0");
      switch (mount.sharing()) {
        case SHARED -> {
          while (locked.containsKey(place)) {
            wait();
          }
        }
        case LOCKED -> {
          while (users.containsKey(place)) {
            wait();
          }
          locked.put(place, true);
        }
        case PRIVATE -> {
          for (int n = 0; users.containsKey(place); n++) {
            place = caches.resolve(Integer.toString(n));
          }
        }
      }
      users.merge(place, 1, Integer::sum);
      boolean done = false;
      try {
        boolean fresh = !Files.exists(place.resolve("data"));
        if (fresh) {
          make(caches, place, mount, owner);
        }
        done = true;
        return new Taken(place, fresh);
      } finally {
        if (!done) {
          users.computeIfPresent(place, (_, n) -> n == 1 ? null : n - 1);
          locked.remove(place);
        }
      }
    }
  }

  private static void make(Path caches, Path place, RunMount.Cache mount, long[] owner)
      throws IOException {
    Files.createDirectories(caches);
    Files.writeString(caches.resolve("id"), mount.id());
    Files.createDirectories(place);
    Path fresh = Files.createDirectory(place.resolve("data"));
    try (Fd data = LinuxFiles.open(fresh.toString(), LinuxFiles.O_DIRECTORY)) {
      LinuxFiles.chown(data, (int) owner[0], (int) owner[1]);
      LinuxFiles.chmod(data, mount.mode().orElse(0755));
    }
  }

  /// @param id by which it is addressed
  public record Cache(String id, Path place, String name, long size, Instant used, boolean inUse) {}

  public List<Cache> list() throws IOException {
    List<Cache> all = new ArrayList<>();
    for (Path caches : children(root)) {
      Path name = caches.resolve("id");
      if (!Files.exists(name)) {
        continue;
      }
      for (Path place : children(caches)) {
        if (Files.isDirectory(place.resolve("data"))) {
          boolean used;
          synchronized (this) {
            used = users.containsKey(place);
          }
          all.add(
              new Cache(
                  caches.getFileName().toString().substring(0, 24) + place.getFileName(),
                  place,
                  Files.readString(name),
                  DiskUsage.of(place.resolve("data")).bytes(),
                  Files.getLastModifiedTime(place).toInstant(),
                  used));
        }
      }
    }
    return all;
  }

  private static List<Path> children(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }

  /// Deletes those that nobody has mounted.
  public List<Cache> remove(Predicate<Cache> which) throws IOException {
    List<Cache> gone = new ArrayList<>();
    for (Cache cache : list()) {
      if (!which.test(cache)) {
        continue;
      }
      Path away = cache.place().resolveSibling(cache.place().getFileName() + ".gone");
      synchronized (this) {
        if (users.containsKey(cache.place())) {
          continue;
        }
        Trees.delete(away);
        Files.move(cache.place(), away);
      }
      Trees.delete(away);
      gone.add(cache);
    }
    return gone;
  }
}
