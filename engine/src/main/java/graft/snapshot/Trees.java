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
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Whole trees by file descriptor: deletion that never follows a link and does not care how deep a
/// tree is or what its names are.
public final class Trees {
  private Trees() {}

  /// Deletes a path and everything below it; nothing to do is no error.
  public static void delete(Path path) throws IOException {
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

  private record Level(@Nullable Level up, int depth, byte[] name, Fd fd, Deque<byte[]> left) {}

  /// Each level of a tree keeps a descriptor open, and a container may nest directories deeper than
  /// a process may have descriptors. What is deeper than this is moved up before it is deleted.
  private static final int MAX_DEPTH = 128;

  /// Sees each name before it is deleted, directories too, and may move it away.
  interface Last {
    void look(int dir, byte[] name) throws IOException;
  }

  /// Deletes a name in an open directory and everything below it.
  static void delete(int dir, byte[] name) throws IOException {
    delete(dir, name, (_, _) -> {});
  }

  static void delete(int dir, byte[] name, Last last) throws IOException {
    Deque<byte[]> roots = new ArrayDeque<>(List.of(name));
    for (byte[] root = roots.poll(); root != null; root = roots.poll()) {
      last.look(dir, root);
      if (!unlink(dir, root)) {
        deleteDirectory(dir, root, roots, last);
      }
    }
  }

  private static void deleteDirectory(int dir, byte[] name, Deque<byte[]> roots, Last last)
      throws IOException {
    Level level = level(null, dir, name);
    try {
      while (level != null) {
        int fd = level.fd().number();
        byte[] next = level.left().poll();
        if (next != null) {
          last.look(fd, next);
          if (unlink(fd, next)) {
            continue;
          }
          if (level.depth() < MAX_DEPTH) {
            level = level(level, fd, next);
          } else {
            byte[] moved = ("deleting-" + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8);
            LinuxFiles.renameat(fd, next, dir, moved);
            roots.add(moved);
          }
          continue;
        }
        level.fd().close();
        Level up = level.up();
        LinuxFiles.unlinkat(
            up == null ? dir : up.fd().number(), level.name(), LinuxFiles.AT_REMOVEDIR);
        level = up;
      }
    } finally {
      while (level != null) {
        level.fd().close();
        level = level.up();
      }
    }
  }

  private static Level level(@Nullable Level up, int dir, byte[] name) throws IOException {
    Fd fd =
        LinuxFiles.openat(
            dir, name, LinuxFiles.O_RDONLY | LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0);
    try {
      List<byte[]> names = LinuxFiles.list(fd);
      return new Level(up, up == null ? 0 : up.depth() + 1, name, fd, new ArrayDeque<>(names));
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

  /// One at a time, and a moment later: tens of thousands of deletions fill the journal of the file
  /// system, and whoever waits for a record to reach the disk would wait for all of them.
  private static final ScheduledExecutorService REMOVER =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("remover").factory());

  private static final long LATER_MILLIS = 200;

  /// Deletes what has been put out of sight, without anybody waiting; a failure leaves it for the
  /// next start. On a platform thread: native calls never yield, and a deletion makes nothing else,
  /// so that on a virtual one it would keep a processor from every other virtual thread for
  /// seconds.
  static void deleteInBackground(Path path) {
    Future<?> ignored =
        REMOVER.schedule(
            () -> {
              try {
                delete(path);
              } catch (IOException e) {
                // It is out of sight; the next start tries again.
                return;
              }
            },
            LATER_MILLIS,
            TimeUnit.MILLISECONDS);
    assert !ignored.isCancelled();
  }
}
