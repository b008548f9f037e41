package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;

/// A pseudo terminal of a container: out of the devpts that is mounted there, so that its name
/// (`/dev/pts/0`) is right inside.
///
/// @param master our end; what the container writes is read from it, and the other way round
/// @param slave the end that becomes a process's terminal
public record Terminal(Descriptor master, Fd slave) {
  private static final Native.Function IOCTL = Native.ofInt("ioctl", 3);
  private static final Native.Function FSTATFS = Native.ofInt("fstatfs", 2);

  private static final long TIOCSPTLCK = 0x40045431;
  private static final long TIOCGPTPEER = 0x5441;
  private static final long DEVPTS = 0x1cd1;
  private static final int O_NOCTTY = 0400;
  private static final int STATFS = 120;
  private static final int MAJOR = 5;
  private static final int MINOR = 2;

  /// @param root the container's root directory, in its mount namespace
  /// @param readable gets a permit when there is output
  public static Terminal open(Fd root, Semaphore readable) throws IOException {
    byte[] name = "dev/pts/ptmx".getBytes(StandardCharsets.US_ASCII);
    long walk =
        LinuxFiles.RESOLVE_IN_ROOT
            | LinuxFiles.RESOLVE_NO_SYMLINKS
            | LinuxFiles.RESOLVE_NO_MAGICLINKS;
    try (Fd named = LinuxFiles.openat2(root.number(), name, LinuxFiles.O_PATH, 0, walk)) {
      // The container may have put something else there, and opening a device does things.
      LinuxFiles.Stat stat = LinuxFiles.stat(named.number(), new byte[0]);
      if (stat.type() != LinuxFiles.Stat.CHAR
          || stat.rdevMajor() != MAJOR
          || stat.rdevMinor() != MINOR
          || fileSystem(named) != DEVPTS) {
        throw new LinuxException("open a terminal", "/dev/pts/ptmx", Errno.ENODEV);
      }
      int flags = LinuxFiles.O_RDWR | LinuxFiles.O_NONBLOCK | O_NOCTTY;
      Fd master = LinuxFiles.open(named.path(), flags);
      try {
        Fd slave = slave(master);
        try {
          return new Terminal(Descriptor.of(master.release(), "terminal", readable), slave);
        } catch (IOException e) {
          slave.close();
          throw e;
        }
      } catch (IOException e) {
        master.close();
        throw e;
      }
    }
  }

  private static long fileSystem(Fd file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment statfs = arena.allocate(STATFS, 8);
      if (FSTATFS.call(errno, file.number(), statfs.address()) != 0) {
        throw new LinuxException("fstatfs", "/dev/pts/ptmx", Native.errno(errno));
      }
      return statfs.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  /// By the descriptor of its master, so that no path has to be walked (Linux 4.13).
  private static Fd slave(Fd master) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment unlocked = arena.allocate(4, 4);
      if (IOCTL.call(errno, master.number(), TIOCSPTLCK, unlocked.address()) != 0) {
        throw new LinuxException("unlock", "terminal", Native.errno(errno));
      }
      long flags = LinuxFiles.O_RDWR | O_NOCTTY | LinuxFiles.O_CLOEXEC;
      long slave = IOCTL.call(errno, master.number(), TIOCGPTPEER, flags);
      if (slave < 0) {
        throw new LinuxException("open", "terminal", Native.errno(errno));
      }
      return new Fd((int) slave);
    }
  }
}
