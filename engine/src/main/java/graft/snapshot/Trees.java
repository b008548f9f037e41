package graft.snapshot;

import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whole trees by file descriptor: deletion that never follows a link and does not care how deep a
/// tree is or what its names are.
final class Trees {
  private Trees() {}

  /// Deletes a path and everything below it; nothing to do is no error.
  static void delete(Path path) throws IOException {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("refusing to delete " + path);
    }
    try (Fd dir = LinuxFiles.open(parent.toString(), LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH)) {
      delete(dir.number(), String.valueOf(path.getFileName()).getBytes(StandardCharsets.UTF_8));
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  private record Level(@Nullable Level up, byte[] name, Fd fd, Deque<byte[]> left) {}

  /// Deletes a name in an open directory and everything below it.
  static void delete(int dir, byte[] name) throws IOException {
    if (unlink(dir, name)) {
      return;
    }
    Level level = level(null, dir, name);
    while (level != null) {
      byte[] next = level.left().poll();
      if (next != null) {
        if (!unlink(level.fd().number(), next)) {
          level = level(level, level.fd().number(), next);
        }
        continue;
      }
      level.fd().close();
      Level up = level.up();
      LinuxFiles.unlinkat(
          up == null ? dir : up.fd().number(), level.name(), LinuxFiles.AT_REMOVEDIR);
      level = up;
    }
  }

  private static Level level(@Nullable Level up, int dir, byte[] name) throws IOException {
    Fd fd =
        LinuxFiles.openat(
            dir, name, LinuxFiles.O_RDONLY | LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0);
    try {
      List<byte[]> names = LinuxFiles.list(fd);
      return new Level(up, name, fd, new ArrayDeque<>(names));
    } catch (IOException e) {
      fd.close();
      throw e;
    }
  }

  /// True if the name is gone; false if it is a directory.
  private static boolean unlink(int dir, byte[] name) throws IOException {
    try {
      LinuxFiles.unlinkat(dir, name, 0);
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return true;
      }
      if (e.errno() == Errno.EISDIR || e.errno() == Errno.EPERM) {
        return false;
      }
      throw e;
    }
  }

  /// The sum of the sizes of regular files below a directory, as Docker counts a writable layer.
  static long usage(Path path) throws IOException {
    try (Fd dir =
        LinuxFiles.open(path.toString(), LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW)) {
      return usage(dir);
    }
  }

  private static long usage(Fd dir) throws IOException {
    long sum = 0;
    for (byte[] name : LinuxFiles.list(dir)) {
      try {
        LinuxFiles.Stat s = LinuxFiles.stat(dir.number(), name);
        if (s.isDirectory()) {
          try (Fd below =
              LinuxFiles.openat(
                  dir.number(), name, LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0)) {
            sum += usage(below);
          }
        } else if (s.type() == LinuxFiles.Stat.FILE) {
          sum += s.size();
        }
      } catch (LinuxException e) {
        // It went away while we looked.
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
    return sum;
  }
}
