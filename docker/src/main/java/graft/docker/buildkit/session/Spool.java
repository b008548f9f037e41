package graft.docker.buildkit.session;

import graft.docker.buildkit.proto.Fs;
import graft.docker.buildkit.proto.Fs.Stat;
import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The files of a tar, to be sent in another order than they came. What is in them is in a file
/// without a name, so that it is gone whatever happens.
final class Spool implements Closeable {
  private static final int PERMISSIONS = 0777;

  /// By path as the protocol orders them: a directory, what is in it, and only then its siblings.
  private static final Comparator<Name> ORDER =
      (a, b) -> {
        byte[] one = a.bytes();
        byte[] other = b.bytes();
        int at = Arrays.mismatch(one, other);
        if (at < 0) {
          return 0;
        }
        if (at == one.length || at == other.length) {
          return Integer.compare(one.length, other.length);
        }
        return Integer.compare(
            one[at] == '/' ? -1 : one[at] & 0xff, other[at] == '/' ? -1 : other[at] & 0xff);
      };

  /// @param offset where its content is, if it is a regular file
  private record Kept(TarEntry entry, long offset) {}

  private final FileChannel channel;
  private final TreeMap<Name, Kept> entries = new TreeMap<>(ORDER);

  private Spool(FileChannel channel) {
    this.channel = channel;
  }

  /// Takes a whole tar.
  ///
  /// @param directory where there is room for it
  static Spool of(InputStream tar, Path directory) throws IOException {
    Path file = Files.createTempFile(directory, "export", ".tmp");
    Spool spool;
    try {
      spool = new Spool(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    } finally {
      Files.delete(file);
    }
    try {
      spool.fill(new TarReader(tar, Limits.DEFAULT, TarReader.Recorder.NONE));
      return spool;
    } catch (IOException | RuntimeException e) {
      spool.close();
      throw e;
    }
  }

  private void fill(TarReader tar) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    for (var next = tar.next(); next.isPresent(); next = tar.next()) {
      TarEntry entry = next.get();
      long offset = channel.position();
      switch (entry.type()) {
        case FILE -> {
          for (int n = tar.read(buffer, 0, buffer.length);
              n >= 0;
              n = tar.read(buffer, 0, buffer.length)) {
            ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, n);
            while (bytes.hasRemaining()) {
              channel.write(bytes);
            }
          }
        }
        case HARDLINK -> {
          Kept target = entries.get(entry.linkTarget());
          if (target == null) {
            throw GraftException.corrupt(
                "a hard link "
                    + entry.path()
                    + " to "
                    + entry.linkTarget()
                    + ", which is not there");
          }
          entry = target.entry();
          offset = target.offset();
        }
        case DIRECTORY, SYMLINK, CHAR, BLOCK, FIFO -> {
          // All is in the head.
        }
      }
      if (!next.get().path().isEmpty()) {
        entries.put(next.get().path(), new Kept(entry, offset));
      }
    }
  }

  /// What can be sent: a list, and the contents by the places in it.
  final class Listing {
    private final List<Stat> stats = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>();

    List<Stat> stats() {
      return stats;
    }

    /// Bytes of a regular file from a position on; fewer at its end.
    byte[] read(int number, long position, int length) throws IOException {
      long left = stats.get(number).size() - position;
      ByteBuffer bytes = ByteBuffer.allocate(Math.clamp(left, 0, length));
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offsets.get(number) + position + bytes.position()) < 0) {
          throw new IOException("a file of the result ends early");
        }
      }
      return bytes.array();
    }
  }

  Listing listing() {
    Listing listing = new Listing();
    Map<Long, String> first = new HashMap<>();
    entries.forEach((path, kept) -> {
      TarEntry entry = kept.entry();
      String link = entry.type() == TarEntry.Type.SYMLINK ? entry.linkTarget().toString() : "";
      if (entry.type() == TarEntry.Type.FILE && entry.size() > 0) {
        String before = first.putIfAbsent(kept.offset(), path.toString());
        link = before == null ? "" : before;
      }
      listing.stats.add(stat(path.toString(), entry, link));
      listing.offsets.add(kept.offset());
    });
    return listing;
  }

  private static Stat stat(String path, TarEntry entry, String link) {
    int type =
        switch (entry.type()) {
          case FILE, HARDLINK -> 0;
          case DIRECTORY -> Fs.DIRECTORY;
          case SYMLINK -> Fs.SYMLINK;
          case CHAR -> Fs.DEVICE | Fs.CHARACTER_DEVICE;
          case BLOCK -> Fs.DEVICE;
          case FIFO -> Fs.FIFO;
        };
    int mode = type | (entry.mode() & PERMISSIONS);
    mode |= (entry.mode() & 04000) != 0 ? Fs.SET_USER : 0;
    mode |= (entry.mode() & 02000) != 0 ? Fs.SET_GROUP : 0;
    mode |= (entry.mode() & 01000) != 0 ? Fs.STICKY : 0;
    Map<String, byte[]> xattrs = new HashMap<>();
    entry.xattrs().forEach((name, value) -> xattrs.put(name, value.bytes()));
    Instant time = entry.mtime();
    return new Stat(
        path,
        mode,
        (int) entry.uid(),
        (int) entry.gid(),
        entry.type() == TarEntry.Type.FILE ? entry.size() : 0,
        time.getEpochSecond() * 1_000_000_000L + time.getNano(),
        link,
        entry.deviceMajor(),
        entry.deviceMinor(),
        xattrs);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
