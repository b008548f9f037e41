package graft.content;

import graft.error.DiskFull;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/// A blob on its way into a [FileContentStore]. The hash is computed as the bytes come; a part that
/// was here before is read once for it.
final class FileIngest implements ContentStore.Ingest {
  private static final int BUFFER = 1 << 20;

  /// What stays after a close without commit.
  enum Rest {
    PART,
    NOTHING
  }

  private final FileContentStore store;
  private final Path data;
  private final Path part;
  private final Rest rest;
  private final Runnable released;
  private final FileChannel channel;
  private MessageDigest hash = Digest.newSha256();
  private long offset;
  private boolean done;
  private boolean closed;

  /// @param data where the bytes go
  /// @param part that file, or the directory it is in
  FileIngest(FileContentStore store, Path data, Path part, Rest rest, Runnable released)
      throws IOException {
    this.store = store;
    this.data = data;
    this.part = part;
    this.rest = rest;
    this.released = released;
    this.channel = FileContentStore.openPart(data);
    try {
      offset = hashPart(hash);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private long hashPart(MessageDigest into) throws IOException {
    long size = channel.size();
    if (size == 0) {
      return 0;
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, BUFFER));
    long at = 0;
    while (channel.read(buffer, at) > 0) {
      at += buffer.flip().remaining();
      into.update(buffer);
      buffer.clear();
    }
    return at;
  }

  @Override
  public long offset() {
    return offset;
  }

  @Override
  public Path path() {
    return data;
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    if (done || closed) {
      throw new IOException("the ingest " + data + " is closed");
    }
    ByteBuffer left = bytes.duplicate();
    try {
      while (left.hasRemaining()) {
        ByteBuffer before = left.duplicate();
        int n = channel.write(left, offset);
        hash.update(before.limit(before.position() + n));
        offset += n;
      }
    } catch (IOException e) {
      throw failed("write to", e);
    } finally {
      bytes.position(left.position());
    }
  }

  private IOException failed(String what, IOException e) {
    String tried = "cannot " + what + " " + data + " at byte " + offset;
    DiskFull.check(tried, data, e);
    return new IOException(tried + ": " + e.getMessage(), e);
  }

  @Override
  public void restart() throws IOException {
    channel.truncate(0);
    hash = Digest.newSha256();
    offset = 0;
  }

  @Override
  public void commit(long size, Digest expected) throws IOException {
    if (done) {
      return;
    }
    if (offset == 0 && size != 0 && store.info(expected).isPresent()) {
      finish();
      return;
    }
    if (size >= 0 && offset != size) {
      throw drop("it has " + offset + " bytes instead of " + size, expected);
    }
    Digest actual = digest(expected);
    if (!actual.equals(expected)) {
      throw drop("its digest is " + actual, expected);
    }
    publish(expected);
  }

  @Override
  public Digest commit() throws IOException {
    Digest digest = Digest.sha256(((MessageDigest) cloneOf(hash)).digest());
    publish(digest);
    return digest;
  }

  private static Object cloneOf(MessageDigest hash) {
    try {
      return hash.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("this Java's SHA-256 cannot be cloned", e);
    }
  }

  private Digest digest(Digest expected) throws IOException {
    if (expected.algorithm().equals("sha256")) {
      return Digest.sha256(((MessageDigest) cloneOf(hash)).digest());
    }
    MessageDigest other = expected.newHash();
    hashPart(other);
    return new Digest(expected.algorithm(), HexFormat.of().formatHex(other.digest()));
  }

  private GraftException drop(String why, Digest expected) throws IOException {
    finish();
    return GraftException.corrupt("the content that came for " + expected + " is not that: " + why);
  }

  private void publish(Digest digest) throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw failed("sync", e);
    }
    // Also over a blob that is here: the new bytes are known to be good, the old ones only were.
    try {
      store.publish(data, digest);
    } catch (IOException e) {
      throw failed("publish", e);
    }
    finish();
  }

  private void finish() throws IOException {
    done = true;
    channel.close();
    drop(part);
  }

  static void drop(Path part) throws IOException {
    if (Files.isDirectory(part, LinkOption.NOFOLLOW_LINKS)) {
      Files.deleteIfExists(part.resolve(FileContentStore.DATA));
      Files.deleteIfExists(part.resolve("ref"));
    }
    Files.deleteIfExists(part);
  }

  static void sync(Path directory) throws IOException {
    try (FileChannel d = FileChannel.open(directory, StandardOpenOption.READ)) {
      d.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      try {
        channel.close();
        if (rest == Rest.NOTHING && !done) {
          drop(part);
        }
      } finally {
        released.run();
      }
    }
  }
}
