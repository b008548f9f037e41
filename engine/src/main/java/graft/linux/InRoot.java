package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Reads files of a root file system that may be hostile and may change while we look: the kernel
/// resolves every path and link as if that directory were `/` (openat2, RESOLVE_IN_ROOT).
public final class InRoot {
  private static final Native.Function SYSCALL = Native.ofLong("syscall", 5);
  private static final Native.Function OPEN = Native.ofInt("open", 3);

  private static final long OPENAT2 = 437;
  private static final int O_PATH = 0x200000;
  private static final int O_CLOEXEC = 0x80000;
  private static final long NO_MAGICLINKS = 0x02;
  private static final long IN_ROOT = 0x10;

  private InRoot() {}

  /// Whether this name leads to a fifo, for whoever will open it with less care than [#read].
  public static boolean isFifo(Path root, String path) throws IOException {
    try (Fd directory = LinuxFiles.open(root.toString(), LinuxFiles.O_PATH);
        Fd file =
            LinuxFiles.openat2(
                directory.number(),
                path.getBytes(StandardCharsets.UTF_8),
                LinuxFiles.O_PATH,
                0,
                LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS)) {
      return LinuxFiles.stat(file.number(), new byte[0]).type() == LinuxFiles.Stat.FIFO;
    } catch (LinuxException e) {
      if (e.isMissing() || e.errno() == Errno.ELOOP) {
        return false;
      }
      throw e;
    }
  }

  /// The first `limit` bytes of a regular file; empty if there is none of that name.
  public static Optional<byte[]> read(Path root, String path, int limit) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int directory =
          (int) OPEN.call(errno, Native.string(arena, root.toString()), O_PATH | O_CLOEXEC, 0);
      if (directory < 0) {
        throw new LinuxException("open", root.toString(), Native.errno(errno));
      }
      long file;
      int code;
      try {
        MemorySegment how = arena.allocate(24, 8);
        how.set(ValueLayout.JAVA_LONG, 0, O_PATH | O_CLOEXEC);
        how.set(ValueLayout.JAVA_LONG, 16, IN_ROOT | NO_MAGICLINKS);
        file =
            SYSCALL.call(errno, OPENAT2, directory, Native.string(arena, path), how.address(), 24);
        code = Native.errno(errno);
      } finally {
        Descriptor.closeQuietly(directory);
      }
      if (file < 0) {
        if (code == Errno.ENOENT || code == Errno.ENOTDIR || code == Errno.ELOOP) {
          return Optional.empty();
        }
        throw new LinuxException("openat2", path, code);
      }
      try {
        // The descriptor names the file for certain, and does not open it: a fifo or a device under
        // this name is seen before it can do harm.
        Path named = Path.of("/proc/self/fd/" + file);
        if (!Files.isRegularFile(named)) {
          return Optional.empty();
        }
        try (var in = Files.newInputStream(named)) {
          return Optional.of(in.readNBytes(limit));
        }
      } finally {
        Descriptor.closeQuietly((int) file);
      }
    }
  }
}
