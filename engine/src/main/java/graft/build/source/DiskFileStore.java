package graft.build.source;

import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A file for each content.
///
/// ```
/// <root>/ab/<the other 62 digits>   a content, whole
/// <root>/new/<n>                    one on its way in; what is there at the start is nobody's
/// <root>/boot                       names the start of the machine since which these were written
/// <root>/before/<id>/ab/…           contents that were written before that
/// ```
///
/// Nothing here waits for the disk: clients have it all, and what recipes need is on the disk with
/// the layers that were made of it. What was written before the machine went down may be
/// incomplete, though, and is read through before it is believed again.
///
/// More than the quota is never there. What no running build has asked for and no recipe needs goes
/// first, the longest unused of it; what running builds have asked for stays, and a content that
/// then does not fit is refused.
public final class DiskFileStore implements FileStore {
  private static final String BEFORE = "before";

  /// As much as is read before it is known whether it has to be written.
  private static final int SMALL = 64 * 1024;

  private static final class Content {
    final Path at;
    final long size;
    final boolean doubtful;
    long used;

    Content(Path at, long size, boolean doubtful, long used) {
      this.at = at;
      this.size = size;
      this.doubtful = doubtful;
      this.used = used;
    }
  }

  private final Path root;
  private final Path fresh;
  private final long quota;
  private final Pinned pinned;
  private final AtomicLong names = new AtomicLong();

  /// Null until somebody asks: a large store takes a while to be listed.
  private @Nullable Map<Digest, Content> known;

  private long total;

  /// Counts what happens, so that "before" needs no clock.
  private long now;

  /// When each build that runs began.
  private final List<Long> builds = new ArrayList<>();

  /// What recipes need.
  public interface Pinned {
    Set<Digest> contents() throws IOException;
  }

  private DiskFileStore(Path root, long quota, Pinned pinned) {
    this.pinned = pinned;
    this.root = root;
    this.fresh = root.resolve("new");
    this.quota = quota;
  }

  /// @param pinned asked only when something has to go
  public static DiskFileStore open(Path root, long quota, Pinned pinned) throws IOException {
    // Source: random(4), /proc interfaces.
    return open(
        root, quota, pinned, Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
  }

  /// @param boot names the start of the machine
  public static DiskFileStore open(Path root, long quota, Pinned pinned, String boot)
      throws IOException {
    DiskFileStore store = new DiskFileStore(root, quota, pinned);
    Files.createDirectories(store.fresh);
    Path last = root.resolve("boot");
    if (!Files.exists(last) || !Files.readString(last).equals(boot)) {
      Path before = root.resolve(BEFORE).resolve(UUID.randomUUID().toString());
      Files.createDirectories(before);
      for (Path directory : store.directories(root)) {
        Files.move(directory, before.resolve(directory.getFileName()));
      }
      Files.writeString(last, boot); // last: until then, all is done again
    }
    try (Stream<Path> left = Files.list(store.fresh)) {
      for (Path one : left.toList()) {
        Files.delete(one);
      }
    }
    return store;
  }

  /// A build that runs: what is put or found from now on stays until it is closed.
  public final class Use implements AutoCloseable {
    private final Long since;

    private Use(long since) {
      this.since = since;
    }

    @Override
    public void close() {
      synchronized (DiskFileStore.this) {
        builds.remove(since);
      }
    }
  }

  public synchronized Use use() {
    Use use = new Use(++now);
    builds.add(use.since);
    return use;
  }

  @Override
  public Digest put(InputStream bytes, long limit) throws IOException {
    byte[] head = bytes.readNBytes(SMALL);
    refuse(head.length, limit);
    if (head.length < SMALL) {
      Digest digest = Digest.of(head);
      if (!touch(digest)) {
        write(digest, head);
      }
      return digest;
    }
    return stream(head, bytes, limit);
  }

  private static void refuse(long length, long limit) {
    if (length > limit) {
      throw GraftException.invalid("a file is larger than the " + limit + " bytes that are left");
    }
  }

  private void write(Digest digest, byte[] content) throws IOException {
    reserve(content.length);
    Path part = fresh.resolve(Long.toString(names.incrementAndGet()));
    boolean done = false;
    try {
      Files.write(part, content);
      keep(digest, part, content.length);
      done = true;
    } finally {
      if (!done) {
        giveBack(content.length);
        Files.deleteIfExists(part);
      }
    }
  }

  private Digest stream(byte[] head, InputStream bytes, long limit) throws IOException {
    MessageDigest sha = Digest.newSha256();
    Path part = fresh.resolve(Long.toString(names.incrementAndGet()));
    long size = 0;
    boolean done = false;
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        byte[] buffer = head;
        int n = head.length;
        while (n >= 0) {
          refuse(size + n, limit);
          reserve(n);
          size += n;
          sha.update(buffer, 0, n);
          out.write(buffer, 0, n);
          n = bytes.read(buffer);
        }
      }
      Digest digest = Digest.sha256(sha.digest());
      if (touch(digest)) {
        return digest;
      }
      keep(digest, part, size);
      done = true;
      return digest;
    } finally {
      if (!done) {
        giveBack(size);
        Files.deleteIfExists(part);
      }
    }
  }

  private Path place(Digest content) {
    return root.resolve(content.hex().substring(0, 2)).resolve(content.hex().substring(2));
  }

  private synchronized Map<Digest, Content> known() throws IOException {
    Map<Digest, Content> all = known;
    if (all == null) {
      all = new HashMap<>();
      list(root, false, all);
      for (Path before : list(root.resolve(BEFORE))) {
        list(before, true, all);
      }
      known = all;
    }
    return all;
  }

  private List<Path> directories(Path above) throws IOException {
    return list(above).stream().filter(d -> d.getFileName().toString().length() == 2).toList();
  }

  private void list(Path above, boolean doubtful, Map<Digest, Content> into) throws IOException {
    for (Path directory : directories(above)) {
      for (Path file : list(directory)) {
        String hex = directory.getFileName().toString() + file.getFileName();
        Content content = new Content(file, Files.size(file), doubtful, 0);
        if (into.putIfAbsent(new Digest("sha256", hex), content) == null) {
          total += content.size;
        } else {
          Files.delete(file);
        }
      }
    }
  }

  private static List<Path> list(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(directory)) {
      return all.toList();
    }
  }

  private boolean touch(Digest digest) throws IOException {
    Content content;
    synchronized (this) {
      content = known().get(digest);
      if (content == null) {
        return false;
      }
      content.used = ++now;
      if (!content.doubtful) {
        return true;
      }
    }
    boolean whole = isWhole(content.at, digest);
    synchronized (this) {
      if (known().get(digest) != content) {
        return known().containsKey(digest); // Another thread was here meanwhile.
      }
      if (whole) {
        Path place = place(digest);
        Files.createDirectories(place.getParent());
        Files.move(content.at, place, StandardCopyOption.ATOMIC_MOVE);
        known().put(digest, new Content(place, content.size, false, ++now));
        return true;
      }
      Files.deleteIfExists(content.at);
      known().remove(digest);
      total -= content.size;
      return false;
    }
  }

  private static boolean isWhole(Path file, Digest digest) throws IOException {
    MessageDigest sha = Digest.newSha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[64 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha.update(buffer, 0, n);
      }
    } catch (NoSuchFileException e) {
      return false;
    }
    return Digest.sha256(sha.digest()).equals(digest);
  }

  private synchronized void reserve(long bytes) throws IOException {
    Map<Digest, Content> all = known();
    if (total + bytes > quota) {
      evict(all, Math.max(total + bytes - quota, quota / 20));
    }
    if (total + bytes > quota) {
      throw GraftException.invalid(
          "the files of running builds take more than the "
              + quota
              + " bytes that are set aside for them; exclude what is not needed by .dockerignore");
    }
    total += bytes;
  }

  private void evict(Map<Digest, Content> all, long wanted) throws IOException {
    long oldest = builds.stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    Set<Digest> needed = pinned.contents();
    List<Map.Entry<Digest, Content>> idle =
        all.entrySet().stream()
            .filter(e -> e.getValue().used < oldest && !needed.contains(e.getKey()))
            .sorted(Comparator.comparingLong(e -> e.getValue().used))
            .toList();
    long freed = 0;
    for (Map.Entry<Digest, Content> one : idle) {
      if (freed >= wanted) {
        return;
      }
      Files.deleteIfExists(one.getValue().at);
      all.remove(one.getKey());
      total -= one.getValue().size;
      freed += one.getValue().size;
    }
  }

  private synchronized void giveBack(long bytes) {
    total -= bytes;
  }

  private synchronized void keep(Digest digest, Path part, long size) throws IOException {
    Path place = place(digest);
    try {
      Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      Files.createDirectories(place.getParent());
      Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
    }
    Content other = known().put(digest, new Content(place, size, false, ++now));
    if (other != null) {
      total -= other.size; // Another thread had the same bytes at the same time.
    }
  }

  @Override
  public Optional<Path> find(Digest content) throws IOException {
    return touch(content) ? Optional.of(place(content)) : Optional.empty();
  }

  /// Bytes on disk.
  synchronized long size() throws IOException {
    known();
    return total;
  }

  /// Deletes what no running build has asked for and no recipe needs; the bytes that went.
  public synchronized long clear() throws IOException {
    Map<Digest, Content> all = known();
    long before = total;
    evict(all, Long.MAX_VALUE);
    return before - total;
  }
}
