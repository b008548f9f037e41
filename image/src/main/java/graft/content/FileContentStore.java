package graft.content;

import graft.error.DiskFull;
import graft.error.GraftException;
import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Blobs as files.
///
/// ```
/// blobs/<algorithm>/<hex>       a blob, never written to
/// ingest/<sha256 of the ref>/data   a part
/// ingest/<sha256 of the ref>/ref    its ref, for whoever looks
/// ingest/once-<random>              a part that nobody resumes
/// gone/<random>                     a deleted blob whose space is being given back
/// ```
///
/// **Order of writing:** the bytes are on disk (fsync) before they get their name (rename), and the
/// name is on disk (fsync of the directory) before [Ingest#commit] returns. So what a crash leaves
/// is a blob or a part, never a blob with other bytes. Only one process may use a directory.
public final class FileContentStore implements ContentStore {
  private static final String ONCE = "once-";

  /// Of a part that can be resumed, in its directory.
  static final String DATA = "data";

  private final Path blobs;
  private final Path parts;
  private final Path gone;
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  private FileContentStore(Path root) {
    blobs = root.resolve("blobs");
    parts = root.resolve("ingest");
    gone = root.resolve("gone");
  }

  /// Opens the store in this directory, or makes one.
  public static FileContentStore open(Path root) throws IOException {
    FileContentStore store = new FileContentStore(root);
    Files.createDirectories(store.blobs.resolve("sha256"));
    Files.createDirectories(store.blobs.resolve("sha512"));
    Files.createDirectories(store.parts);
    FileIngest.sync(store.blobs);
    FileIngest.sync(root);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(store.parts, ONCE + "*")) {
      for (Path part : left) {
        FileIngest.drop(part);
      }
    }
    Files.createDirectories(store.gone);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(store.gone)) {
      for (Path file : left) {
        Files.delete(file);
      }
    }
    return store;
  }

  /// Where a blob lies, or would.
  Path path(Digest digest) {
    return blobs.resolve(digest.algorithm()).resolve(digest.hex());
  }

  @Override
  public Optional<Info> info(Digest digest) {
    try {
      return Optional.of(new Info(digest, Files.size(path(digest))));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw GraftException.internal("cannot look at blob " + digest + ": " + e.getMessage(), e);
    }
  }

  @Override
  public InputStream open(Digest digest) throws IOException {
    try {
      return Files.newInputStream(path(digest));
    } catch (NoSuchFileException e) {
      throw missing(digest, e);
    }
  }

  private static GraftException missing(Digest digest, NoSuchFileException e) {
    return new GraftException(
        GraftException.Kind.NOT_FOUND, "the content " + digest + " is not here", e);
  }

  @Override
  public byte[] read(Digest digest, long limit) throws IOException {
    try (InputStream in = open(digest)) {
      byte[] all = in.readNBytes((int) Math.min(limit, Integer.MAX_VALUE - 16));
      if (in.read() >= 0) {
        throw GraftException.corrupt(
            "the content " + digest + " is larger than " + limit + " bytes");
      }
      return all;
    }
  }

  @Override
  public Ingest ingest(String ref) throws IOException {
    String name = Digest.of(ref.getBytes(StandardCharsets.UTF_8)).hex();
    if (!open.add(name)) {
      throw GraftException.conflict("\"" + ref + "\" is being written by somebody else");
    }
    try {
      Path dir = parts.resolve(name);
      Files.createDirectories(dir);
      Files.writeString(dir.resolve("ref"), ref);
      return new FileIngest(
          this, dir.resolve(DATA), dir, FileIngest.Rest.PART, () -> open.remove(name));
    } catch (IOException | RuntimeException e) {
      open.remove(name);
      DiskFull.check("cannot begin to write into " + parts, parts, e);
      throw e;
    }
  }

  @Override
  public Ingest ingest() throws IOException {
    String name = ONCE + UUID.randomUUID();
    open.add(name);
    try {
      Path part = parts.resolve(name);
      return new FileIngest(this, part, part, FileIngest.Rest.NOTHING, () -> open.remove(name));
    } catch (IOException | RuntimeException e) {
      open.remove(name);
      DiskFull.check("cannot begin to write into " + parts, parts, e);
      throw e;
    }
  }

  @Override
  public Descriptor put(String mediaType, byte[] bytes) throws IOException {
    Digest digest = Digest.of(bytes);
    if (info(digest).isEmpty()) {
      // Two that put the same document at once both succeed.
      try (Ingest in = ingest()) {
        in.write(ByteBuffer.wrap(bytes));
        in.commit(bytes.length, digest);
      }
    }
    return new Descriptor(mediaType, digest, bytes.length);
  }

  @Override
  public Stream<Info> list() throws IOException {
    List<Info> all = new ArrayList<>();
    for (String algorithm : List.of("sha256", "sha512")) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(blobs.resolve(algorithm))) {
        for (Path file : files) {
          String name = algorithm + ":" + file.getFileName();
          if (Digest.isDigest(name)) {
            info(Digest.parse(name)).ifPresent(all::add);
          }
        }
      } catch (DirectoryIteratorException e) {
        throw new IOException("cannot list " + blobs + ": " + e.getMessage(), e);
      }
    }
    return all.stream();
  }

  /// Giving back the space of a large file takes a tenth of a second, for which nobody has to wait.
  @Override
  public boolean delete(Digest digest) throws IOException {
    Path file = gone.resolve(UUID.randomUUID().toString());
    try {
      Files.move(path(digest), file, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return false;
    }
    Thread.ofVirtual()
        .name("delete " + digest)
        .start(() -> {
          try {
            Files.deleteIfExists(file);
          } catch (IOException e) {
            // It has no name any more; the next start tries again.
            return;
          }
        });
    return true;
  }

  @Override
  public long dropPartsBefore(long cutoff) throws IOException {
    long freed = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(parts)) {
      for (Path part : all) {
        String name = String.valueOf(part.getFileName());
        // Taking the ref keeps writers away meanwhile.
        if (open.add(name)) {
          try {
            freed += dropIfBefore(part, cutoff);
          } finally {
            open.remove(name);
          }
        }
      }
    }
    return freed;
  }

  private static long dropIfBefore(Path part, long cutoff) throws IOException {
    Path inside = part.resolve(DATA);
    Path data = Files.exists(inside) ? inside : part;
    if (Files.getLastModifiedTime(data).toMillis() >= cutoff) {
      return 0;
    }
    long size = Files.isRegularFile(data) ? Files.size(data) : 0;
    FileIngest.drop(part);
    return size;
  }

  /// Gives a finished, synced file its name.
  void publish(Path file, Digest digest) throws IOException {
    Path target = path(digest);
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
    FileIngest.sync(blobs.resolve(digest.algorithm()));
  }

  /// Opens a part for appending.
  static FileChannel openPart(Path data) throws IOException {
    return FileChannel.open(
        data, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }
}
