package graft.rollout;

import graft.error.GraftException;
import graft.facts.FileNames;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.rebase.Patch.Put;
import java.io.IOException;
import java.io.InputStream;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What a container has written, as values.
final class Written {
  /// Bytes. The images of a plan may be many, and what is made for them is in memory.
  private static final int MOST = 16 << 20;

  private static final int MOST_FILES = 100_000;

  /// Holes count as bytes of a file, and are no more than those.
  private static final Limits LIMITS =
      new Limits(MOST_FILES, Limits.DEFAULT.path(), Limits.DEFAULT.header(), 64L * MOST);

  private Written() {}

  /// @param in a tar of a writable layer
  /// @throws GraftException if it is more than a generator makes
  static NavigableMap<String, Put> read(InputStream in) throws IOException {
    TarReader tar = new TarReader(in, LIMITS, TarReader.Recorder.NONE);
    TreeMap<String, Put> all = new TreeMap<>();
    int left = MOST;
    for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
      TarEntry one = entry.get();
      String path = FileNames.of(one.path().bytes());
      if (one.isOpaqueMark()) {
        throw GraftException.invalid("replaced the directory of /" + path);
      }
      if (one.isAufsNoise()) {
        continue;
      }
      if (one.isWhiteout()) {
        all.put(FileNames.of(one.whitedOut().bytes()), new Put.Nothing());
        continue;
      }
      switch (one.type()) {
        case FILE -> {
          if (one.size() > left) {
            throw GraftException.invalid("wrote more than " + MOST + " bytes");
          }
          left -= (int) one.size();
          all.put(
              path,
              new Put.File(one.mode(), one.uid(), one.gid(), one.xattrs(), content(tar, one)));
        }
        case DIRECTORY -> {
          if (!path.isEmpty()) {
            all.put(path, new Put.Directory(one.mode(), one.uid(), one.gid(), one.xattrs()));
          }
        }
        case SYMLINK ->
            all.put(
                path, new Put.Link(one.uid(), one.gid(), FileNames.of(one.linkTarget().bytes())));
        case HARDLINK -> {
          Put target = all.get(FileNames.of(one.linkTarget().bytes()));
          if (target == null) {
            throw GraftException.invalid("made /" + path + " a link to what it did not write");
          }
          all.put(path, target);
        }
        case CHAR, BLOCK, FIFO -> throw GraftException.invalid("made a device of /" + path);
      }
    }
    return all;
  }

  private static byte[] content(TarReader tar, TarEntry entry) throws IOException {
    byte[] all = new byte[(int) entry.size()];
    int at = 0;
    while (at < all.length) {
      int n = tar.read(all, at, all.length - at);
      if (n < 0) {
        break;
      }
      at += n;
    }
    return all;
  }
}
