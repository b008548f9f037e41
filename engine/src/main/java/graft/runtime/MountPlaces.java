package graft.runtime;

import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import java.nio.charset.StandardCharsets;

/// Makes what is to be mounted at in a root file system that may be hostile: every path is walked
/// by the kernel as if that were `/`.
final class MountPlaces {
  private static final long INSIDE = LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS;
  private static final int MODE = 0755;

  private MountPlaces() {}

  /// @param path absolute
  /// @throws LinuxException if something of another kind is there, or a link that leads nowhere
  static void make(Fd root, String path, boolean directory) throws LinuxException {
    String[] names = path.substring(1).split("/+");
    StringBuilder walked = new StringBuilder(".");
    for (int i = 0; i < names.length; i++) {
      String above = walked.toString();
      walked.append('/').append(names[i]);
      try (Fd there = open(root, walked.toString())) {
        boolean last = i == names.length - 1;
        boolean found =
            LinuxFiles.stat(there.number(), new byte[0]).type() == LinuxFiles.Stat.DIRECTORY;
        if (last ? found != directory : !found) {
          throw new LinuxException("mount at", path, Errno.ENOTDIR);
        }
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
        try (Fd parent = open(root, above)) {
          add(parent, names[i], i < names.length - 1 || directory);
        }
      }
    }
  }

  private static Fd open(Fd root, String path) throws LinuxException {
    return LinuxFiles.openat2(
        root.number(), path.getBytes(StandardCharsets.UTF_8), LinuxFiles.O_PATH, 0, INSIDE);
  }

  private static void add(Fd parent, String name, boolean directory) throws LinuxException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (directory) {
      LinuxFiles.mkdirat(parent.number(), bytes, MODE);
    } else {
      LinuxFiles.mknodat(parent.number(), bytes, LinuxFiles.Stat.FILE | MODE, 0, 0);
    }
  }
}
