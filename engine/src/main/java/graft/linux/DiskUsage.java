package graft.linux;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/// What a tree takes of the disk. A file with several names counts once, what is mounted from
/// another file system does not count, and no link is followed.
///
/// @param bytes the lengths of files and symbolic links, which is what Docker calls their size
/// @param allocated bytes of the blocks that files, links and directories have, as `du -x` counts
public record DiskUsage(long bytes, long allocated) {
  public static final DiskUsage NONE = new DiskUsage(0, 0);

  private static final int BLOCK = 512;

  /// A path that is longer is begun anew from an open directory, since the kernel takes none beyond
  /// 4096 bytes, and a container may nest deeper than that.
  private static final int LONGEST = 2000;

  private static final byte[] HERE = {'.'};

  private record Inode(int major, int minor, long number) {}

  private static final class Walk {
    private final Set<Inode> seen = new HashSet<>();
    private long bytes;
    private long allocated;

    void tree(Fd root) throws IOException {
      LinuxFiles.Stat top = LinuxFiles.stat(root.number(), new byte[0]);
      allocated += top.blocks() * BLOCK;
      below(root, top);
    }

    private void below(Fd root, LinuxFiles.Stat top) throws IOException {
      Deque<byte[]> left = new ArrayDeque<>();
      left.push(HERE);
      for (byte[] path = left.poll(); path != null; path = left.poll()) {
        try (Fd dir = open(root, path)) {
          for (byte[] name : LinuxFiles.list(dir)) {
            try {
              entry(dir, path, name, top, left);
            } catch (LinuxException e) {
              ignoreIfGone(e);
            }
          }
        } catch (LinuxException e) {
          ignoreIfGone(e);
        }
      }
    }

    private static Fd open(Fd root, byte[] path) throws IOException {
      return LinuxFiles.openat2(
          root.number(),
          path,
          LinuxFiles.O_DIRECTORY,
          0,
          LinuxFiles.RESOLVE_BENEATH | LinuxFiles.RESOLVE_NO_SYMLINKS);
    }

    private void entry(Fd dir, byte[] path, byte[] name, LinuxFiles.Stat top, Deque<byte[]> left)
        throws IOException {
      LinuxFiles.Stat s = LinuxFiles.stat(dir.number(), name);
      if (s.deviceMajor() != top.deviceMajor() || s.deviceMinor() != top.deviceMinor()) {
        return;
      }
      if (!s.isDirectory()
          && s.links() > 1
          && !seen.add(new Inode(s.deviceMajor(), s.deviceMinor(), s.inode()))) {
        return;
      }
      allocated += s.blocks() * BLOCK;
      if (s.type() == LinuxFiles.Stat.FILE || s.type() == LinuxFiles.Stat.LINK) {
        bytes += s.size();
      }
      if (!s.isDirectory()) {
        return;
      }
      if (path.length + name.length < LONGEST) {
        byte[] child = Arrays.copyOf(path, path.length + 1 + name.length);
        child[path.length] = '/';
        System.arraycopy(name, 0, child, path.length + 1, name.length);
        left.push(child);
        return;
      }
      try (Fd deep = open(dir, name)) {
        below(deep, top);
      }
    }

    private static void ignoreIfGone(LinuxException e) throws LinuxException {
      if (!e.isMissing()) {
        throw e;
      }
    }
  }

  /// Of a directory and all below it; of none, nothing. What vanishes meanwhile is no error.
  public static DiskUsage of(Path directory) throws IOException {
    Walk walk = new Walk();
    try (Fd root =
        LinuxFiles.open(directory.toString(), LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW)) {
      walk.tree(root);
    } catch (LinuxException e) {
      Walk.ignoreIfGone(e);
    }
    return new DiskUsage(walk.bytes, walk.allocated);
  }

  public DiskUsage plus(DiskUsage other) {
    return new DiskUsage(bytes + other.bytes, allocated + other.allocated);
  }

  public DiskUsage minus(DiskUsage other) {
    return new DiskUsage(bytes - other.bytes, allocated - other.allocated);
  }
}
