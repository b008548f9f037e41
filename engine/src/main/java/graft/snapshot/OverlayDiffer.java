package graft.snapshot;

import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.Xattrs;
import graft.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads the upper of an overlay as the change set that it is.
public final class OverlayDiffer implements Differ {
  private final Snapshotter snapshots;
  private final LayerStore layers;

  public OverlayDiffer(Snapshotter snapshots, LayerStore layers) {
    this.snapshots = snapshots;
    this.layers = layers;
  }

  /// The kernel makes every new directory opaque, to look no further for what is in it. Only those
  /// that have something under them say something: on another base, where there is a directory, the
  /// others would hide what is in it. BuildKit draws the line there, too.
  @Override
  public void writeTar(String key, OutputStream out) throws IOException {
    List<Path> lowers = lowers(key);
    try (Fd upper = LinuxFiles.open(snapshots.upper(key).toString(), LinuxFiles.O_DIRECTORY);
        TarWriter tar = new TarWriter(out)) {
      new TreeReader(
              tar,
              TreeReader.Form.UPPER,
              snapshots.ids(key),
              path -> below(lowers, path).isPresent())
          .writeBelow(upper, Name.EMPTY);
    }
  }

  @Override
  public void exportTar(String key, OutputStream out) throws IOException {
    Path root = snapshots.mount(key);
    try (Fd merged = LinuxFiles.open(root.toString(), LinuxFiles.O_DIRECTORY);
        TarWriter tar = new TarWriter(out)) {
      new TreeReader(tar, TreeReader.Form.PLAIN, snapshots.ids(key)).writeBelow(merged, Name.EMPTY);
    }
  }

  @Override
  public List<Change> changes(String key) throws IOException {
    List<Path> lowers = lowers(key);
    List<Change> changes = new ArrayList<>();
    try (Fd upper = LinuxFiles.open(snapshots.upper(key).toString(), LinuxFiles.O_DIRECTORY)) {
      walk(upper, Name.EMPTY, lowers, snapshots.ids(key), changes);
    }
    changes.sort((a, b) -> a.path().compareTo(b.path()));
    return changes;
  }

  private List<Path> lowers(String key) throws IOException {
    List<Path> lowers = new ArrayList<>();
    for (Digest lower : snapshots.lowers(key)) {
      lowers.add(layers.lower(lower));
    }
    return lowers;
  }

  private void walk(Fd dir, Name path, List<Path> lowers, IdMap ids, List<Change> changes)
      throws IOException {
    for (byte[] name : LinuxFiles.list(dir)) {
      Name here = path.child(Name.of(name));
      Stat s;
      try {
        s = LinuxFiles.stat(dir.number(), name);
      } catch (LinuxException e) {
        if (e.errno() == Errno.ENOENT) {
          continue;
        }
        throw e;
      }
      Optional<Stat> below = below(lowers, here);
      String shown = "/" + here;
      if (s.isWhiteout()) {
        if (below.isPresent()) {
          changes.add(new Change(shown, Kind.DELETED));
        }
        continue;
      }
      if (below.isEmpty()) {
        changes.add(new Change(shown, Kind.ADDED));
      } else if (!sameDirectory(s, below.get(), ids)) {
        changes.add(new Change(shown, Kind.MODIFIED));
      }
      if (s.isDirectory()) {
        try (Fd child =
            LinuxFiles.openat(
                dir.number(), name, LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0)) {
          walk(child, here, lowers, ids, changes);
        }
      }
    }
  }

  /// A directory that was copied up for the sake of what is in it, and not changed itself.
  private static boolean sameDirectory(Stat upper, Stat lower, IdMap ids) {
    return upper.isDirectory()
        && lower.isDirectory()
        && upper.mode() == lower.mode()
        && ids.uidInside(upper.uid() & 0xffffffffL) == (lower.uid() & 0xffffffffL)
        && ids.gidInside(upper.gid() & 0xffffffffL) == (lower.gid() & 0xffffffffL)
        && upper.mtimeSeconds() == lower.mtimeSeconds()
        && upper.mtimeNanos() == lower.mtimeNanos();
  }

  /// What the layers show at a path: each is asked from the top, element by element, so that a
  /// whiteout, an opaque directory or a file in the place of a directory hides what is further
  /// down.
  static Optional<Stat> below(List<Path> lowers, Name path) throws IOException {
    for (Path lower : lowers) {
      try (Fd root =
          LinuxFiles.open(lower.toString(), LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH)) {
        boolean last = false;
        byte[] all = path.bytes();
        int end = 0;
        while (end <= all.length) {
          int slash = end;
          while (slash < all.length && all[slash] != '/') {
            slash++;
          }
          byte[] prefix = Arrays.copyOf(all, slash);
          Optional<Stat> s = stat(root, prefix);
          if (s.isEmpty()) {
            break;
          }
          boolean whole = slash == all.length;
          if (s.get().isWhiteout() || (!whole && !s.get().isDirectory())) {
            return Optional.empty();
          }
          if (whole) {
            return s;
          }
          last |= isOpaque(root, prefix);
          end = slash + 1;
        }
        if (last) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isOpaque(Fd root, byte[] path) throws IOException {
    return Xattrs.get(root.number(), path, Xattrs.OPAQUE)
        .filter(v -> Arrays.equals(v, new byte[] {'y'}))
        .isPresent();
  }

  private static Optional<Stat> stat(Fd root, byte[] path) throws IOException {
    try {
      return Optional.of(LinuxFiles.stat(root.number(), path));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
