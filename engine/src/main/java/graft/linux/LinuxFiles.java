package graft.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// File-system calls relative to open directories, by their Linux names. Names are bytes, as the
/// kernel has them: an image may hold names that are no valid UTF-8.
///
/// Numbers are those of x86-64 and arm64 (asm-generic), which agree but for the flags of open.
public final class LinuxFiles {
  public static final int O_RDONLY = 0;
  public static final int O_WRONLY = 1;
  public static final int O_RDWR = 2;
  public static final int O_CREAT = 0100;
  public static final int O_EXCL = 0200;
  public static final int O_TRUNC = 01000;
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");
  public static final int O_DIRECTORY = ARM ? 040000 : 0200000;
  public static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;
  public static final int O_CLOEXEC = 02000000;
  public static final int O_PATH = 010000000;
  public static final int O_NONBLOCK = 04000;

  /// openat2(2): how a path is walked.
  public static final long RESOLVE_NO_MAGICLINKS = 0x02;

  public static final long RESOLVE_NO_SYMLINKS = 0x04;
  public static final long RESOLVE_BENEATH = 0x08;
  public static final long RESOLVE_IN_ROOT = 0x10;

  public static final int AT_FDCWD = -100;
  public static final int AT_SYMLINK_NOFOLLOW = 0x100;
  public static final int AT_REMOVEDIR = 0x200;
  public static final int AT_EMPTY_PATH = 0x1000;

  private static final int SYS_OPENAT2 = 437;
  private static final int SYS_GETDENTS64 = ARM ? 61 : 217;

  private static final Native.Function SYSCALL_4 = Native.ofLong("syscall", 4);
  private static final Native.Function SYSCALL_5 = Native.ofLong("syscall", 5);
  private static final Native.Function OPENAT = Native.ofInt("openat", 4);
  private static final Native.Function CLOSE = Native.ofInt("close", 1);
  private static final Native.Function MKDIRAT = Native.ofInt("mkdirat", 3);
  private static final Native.Function MKNODAT = Native.ofInt("mknodat", 4);
  private static final Native.Function SYMLINKAT = Native.ofInt("symlinkat", 3);
  private static final Native.Function LINKAT = Native.ofInt("linkat", 5);
  private static final Native.Function UNLINKAT = Native.ofInt("unlinkat", 3);
  private static final Native.Function RENAMEAT = Native.ofInt("renameat", 4);
  private static final Native.Function FCHOWNAT = Native.ofInt("fchownat", 5);
  private static final Native.Function FCHMOD = Native.ofInt("fchmod", 2);
  private static final Native.Function FCHMODAT = Native.ofInt("fchmodat", 4);
  private static final Native.Function UTIMENSAT = Native.ofInt("utimensat", 4);
  private static final Native.Function FUTIMENS = Native.ofInt("futimens", 2);
  private static final Native.Function READLINKAT = Native.ofLong("readlinkat", 4);
  private static final Native.Function STATX = Native.ofInt("statx", 5);
  private static final Native.Function WRITE = Native.ofLong("write", 3);
  private static final Native.Function READ = Native.ofLong("read", 3);
  private static final Native.Function SYNCFS = Native.ofInt("syncfs", 1);
  private static final Native.Function FSYNC = Native.ofInt("fsync", 1);
  private static final Native.Function FLOCK = Native.ofInt("flock", 2);
  private static final Native.Function FTRUNCATE = Native.ofInt("ftruncate", 2);
  private static final Native.Function LSEEK = Native.ofLong("lseek", 3);

  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;

  private LinuxFiles() {}

  /// A file's attributes. `mode` has the type in its upper bits, as `st_mode`.
  public record Stat(
      int mode,
      int uid,
      int gid,
      long size,
      long links,
      long inode,
      int deviceMajor,
      int deviceMinor,
      int rdevMajor,
      int rdevMinor,
      long mtimeSeconds,
      int mtimeNanos,
      long blocks) {
    public static final int TYPE = 0170000;
    public static final int SOCKET = 0140000;
    public static final int LINK = 0120000;
    public static final int FILE = 0100000;
    public static final int BLOCK = 0060000;
    public static final int DIRECTORY = 0040000;
    public static final int CHAR = 0020000;
    public static final int FIFO = 0010000;

    public int type() {
      return mode & TYPE;
    }

    public int permissions() {
      return mode & 07777;
    }

    public boolean isDirectory() {
      return type() == DIRECTORY;
    }

    /// A whiteout of overlayfs: character device 0:0.
    public boolean isWhiteout() {
      return type() == CHAR && rdevMajor == 0 && rdevMinor == 0;
    }
  }

  private interface Call {
    long run(MemorySegment errno, Arena arena);
  }

  private static long call(String name, byte[] on, Call call) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      while (true) {
        long result = call.run(errno, arena);
        if (result >= 0) {
          return result;
        }
        int code = Native.errno(errno);
        if (code != Errno.EINTR) {
          throw new LinuxException(name, new String(on, StandardCharsets.UTF_8), code);
        }
      }
    }
  }

  private static final byte[] NOTHING = {};

  /// Opens relative to a directory; `mode` counts with O_CREAT.
  public static Fd openat(int dir, byte[] name, int flags, int mode) throws LinuxException {
    return new Fd(
        (int)
            call(
                "open",
                name,
                (e, a) -> OPENAT.call(e, dir, Native.string(a, name), flags | O_CLOEXEC, mode)));
  }

  public static Fd open(String path, int flags) throws LinuxException {
    return openat(AT_FDCWD, path.getBytes(StandardCharsets.UTF_8), flags, 0);
  }

  /// Opens with control over how the path is walked (Linux 5.6).
  public static Fd openat2(int dir, byte[] path, long flags, int mode, long resolve)
      throws LinuxException {
    return new Fd(
        (int)
            call(
                "open",
                path,
                (e, a) -> {
                  MemorySegment how = a.allocate(24, 8);
                  how.set(ValueLayout.JAVA_LONG, 0, flags | O_CLOEXEC);
                  how.set(ValueLayout.JAVA_LONG, 8, mode);
                  how.set(ValueLayout.JAVA_LONG, 16, resolve);
                  return SYSCALL_5.call(
                      e, SYS_OPENAT2, dir, Native.string(a, path), how.address(), 24);
                }));
  }

  static void close(int fd) throws LinuxException {
    // Linux has freed the number even where close fails with EINTR: a second try would close what
    // another thread has opened meanwhile. So a failure is not looked at.
    call("close", NOTHING, (e, _) -> Math.max(0, CLOSE.call(e, fd)));
  }

  public static void mkdirat(int dir, byte[] name, int mode) throws LinuxException {
    call("mkdir", name, (e, a) -> MKDIRAT.call(e, dir, Native.string(a, name), mode));
  }

  /// @param mode type and permissions
  public static void mknodat(int dir, byte[] name, int mode, int major, int minor)
      throws LinuxException {
    long device =
        ((major & 0xfffff000L) << 32)
            | ((major & 0xfffL) << 8)
            | ((minor & 0xffffff00L) << 12)
            | (minor & 0xffL);
    call("mknod", name, (e, a) -> MKNODAT.call(e, dir, Native.string(a, name), mode, device));
  }

  public static void symlinkat(byte[] target, int dir, byte[] name) throws LinuxException {
    call(
        "symlink",
        name,
        (e, a) -> SYMLINKAT.call(e, Native.string(a, target), dir, Native.string(a, name)));
  }

  public static void linkat(int fromDir, byte[] from, int dir, byte[] name) throws LinuxException {
    call(
        "link",
        name,
        (e, a) -> LINKAT.call(e, fromDir, Native.string(a, from), dir, Native.string(a, name), 0));
  }

  public static void unlinkat(int dir, byte[] name, int flags) throws LinuxException {
    call("remove", name, (e, a) -> UNLINKAT.call(e, dir, Native.string(a, name), flags));
  }

  public static void renameat(int fromDir, byte[] from, int dir, byte[] name)
      throws LinuxException {
    call(
        "rename",
        from,
        (e, a) -> RENAMEAT.call(e, fromDir, Native.string(a, from), dir, Native.string(a, name)));
  }

  /// Owner of the name itself, not of what a symbolic link points to.
  public static void chownat(int dir, byte[] name, int uid, int gid) throws LinuxException {
    call(
        "chown",
        name,
        (e, a) -> FCHOWNAT.call(e, dir, Native.string(a, name), uid, gid, AT_SYMLINK_NOFOLLOW));
  }

  public static void chown(Fd fd, int uid, int gid) throws LinuxException {
    call(
        "chown",
        NOTHING,
        (e, a) ->
            FCHOWNAT.call(e, fd.number(), Native.string(a, NOTHING), uid, gid, AT_EMPTY_PATH));
  }

  public static void chmod(Fd fd, int mode) throws LinuxException {
    call("chmod", NOTHING, (e, _) -> FCHMOD.call(e, fd.number(), mode));
  }

  /// Permissions of the name itself; a symbolic link has none, EOPNOTSUPP. It must not be followed
  /// even where it was something else a moment ago: a process in the container may have swapped it
  /// for a link, and the kernel would take the target for a path of the host.
  public static void chmodat(int dir, byte[] name, int mode) throws LinuxException {
    call(
        "chmod",
        name,
        (e, a) -> FCHMODAT.call(e, dir, Native.string(a, name), mode, AT_SYMLINK_NOFOLLOW));
  }

  /// Access and modification time of the name itself.
  public static void utimensat(int dir, byte[] name, long seconds, int nanos)
      throws LinuxException {
    call(
        "set the time of",
        name,
        (e, a) ->
            UTIMENSAT.call(
                e, dir, Native.string(a, name), times(a, seconds, nanos), AT_SYMLINK_NOFOLLOW));
  }

  public static void utimens(Fd fd, long seconds, int nanos) throws LinuxException {
    call(
        "set the time", NOTHING, (e, a) -> FUTIMENS.call(e, fd.number(), times(a, seconds, nanos)));
  }

  private static long times(Arena a, long seconds, int nanos) {
    MemorySegment times = a.allocate(32, 8);
    for (int i = 0; i < 2; i++) {
      times.set(ValueLayout.JAVA_LONG, i * 16L, seconds);
      times.set(ValueLayout.JAVA_LONG, i * 16L + 8, nanos);
    }
    return times.address();
  }

  public static byte[] readlinkat(int dir, byte[] name) throws LinuxException {
    byte[] buffer = new byte[4096];
    long n =
        call(
            "readlink",
            name,
            (e, a) -> {
              MemorySegment out = a.allocate(buffer.length);
              long got =
                  READLINKAT.call(e, dir, Native.string(a, name), out.address(), buffer.length);
              if (got > 0) {
                MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, buffer, 0, (int) got);
              }
              return got;
            });
    return java.util.Arrays.copyOf(buffer, (int) n);
  }

  /// The attributes of the name itself; of the directory for an empty name.
  public static Stat stat(int dir, byte[] name) throws LinuxException {
    long[] f = new long[13];
    int flags = AT_SYMLINK_NOFOLLOW | (name.length == 0 ? AT_EMPTY_PATH : 0);
    call(
        "stat",
        name,
        (e, a) -> {
          MemorySegment s = a.allocate(256, 8);
          long result = STATX.call(e, dir, Native.string(a, name), flags, 0x7ff, s.address());
          if (result == 0) {
            f[0] = s.get(ValueLayout.JAVA_SHORT, 28) & 0xffff;
            f[1] = s.get(ValueLayout.JAVA_INT, 20);
            f[2] = s.get(ValueLayout.JAVA_INT, 24);
            f[3] = s.get(ValueLayout.JAVA_LONG, 40);
            f[4] = s.get(ValueLayout.JAVA_INT, 16) & 0xffffffffL;
            f[5] = s.get(ValueLayout.JAVA_LONG, 32);
            f[6] = s.get(ValueLayout.JAVA_INT, 136);
            f[7] = s.get(ValueLayout.JAVA_INT, 140);
            f[8] = s.get(ValueLayout.JAVA_INT, 128);
            f[9] = s.get(ValueLayout.JAVA_INT, 132);
            f[10] = s.get(ValueLayout.JAVA_LONG, 112);
            f[11] = s.get(ValueLayout.JAVA_INT, 120);
            f[12] = s.get(ValueLayout.JAVA_LONG, 48);
          }
          return result;
        });
    return new Stat(
        (int) f[0],
        (int) f[1],
        (int) f[2],
        f[3],
        f[4],
        f[5],
        (int) f[6],
        (int) f[7],
        (int) f[8],
        (int) f[9],
        f[10],
        (int) f[11],
        f[12]);
  }

  /// Writes all of it.
  public static void write(Fd fd, MemorySegment bytes, long length) throws LinuxException {
    long done = 0;
    while (done < length) {
      long from = done;
      done +=
          call(
              "write",
              NOTHING,
              (e, _) -> WRITE.call(e, fd.number(), bytes.address() + from, length - from));
    }
  }

  /// Bytes read into the segment, 0 at the end.
  public static long read(Fd fd, MemorySegment into) throws LinuxException {
    return call(
        "read", NOTHING, (e, _) -> READ.call(e, fd.number(), into.address(), into.byteSize()));
  }

  public static void fsync(Fd fd) throws LinuxException {
    call("fsync", NOTHING, (e, _) -> FSYNC.call(e, fd.number()));
  }

  /// Everything of the file system the descriptor is on goes to disk.
  public static void syncfs(Fd fd) throws LinuxException {
    call("syncfs", NOTHING, (e, _) -> SYNCFS.call(e, fd.number()));
  }

  /// Locks a file for whoever has this descriptor, alone, and waits until it can be had. The lock
  /// ends when the descriptor is closed, or with the process. Unlike the JDK's, which are
  /// fcntl(2)'s, it is not lost when this process opens the file once more and closes that.
  public static void lock(Fd fd) throws LinuxException {
    call("flock", NOTHING, (errno, _) -> FLOCK.call(errno, fd.number(), LOCK_EX));
  }

  /// The same without waiting; false if it is locked.
  public static boolean tryLock(Fd fd) throws LinuxException {
    try {
      var _ =
          call("flock", NOTHING, (errno, _) -> FLOCK.call(errno, fd.number(), LOCK_EX | LOCK_NB));
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.EAGAIN) {
        return false;
      }
      throw e;
    }
  }

  public static void ftruncate(Fd fd, long size) throws LinuxException {
    call("truncate", NOTHING, (e, _) -> FTRUNCATE.call(e, fd.number(), size));
  }

  /// Moves forward over a hole.
  public static void skip(Fd fd, long bytes) throws LinuxException {
    call("seek", NOTHING, (e, _) -> LSEEK.call(e, fd.number(), bytes, 1));
  }

  /// The names in a directory, without `.` and `..`, in no order. The descriptor must not be
  /// O_PATH.
  public static List<byte[]> list(Fd dir) throws LinuxException {
    List<byte[]> names = new ArrayList<>();
    byte[] block = new byte[32 * 1024];
    while (true) {
      int n =
          (int)
              call(
                  "read the directory",
                  NOTHING,
                  (e, a) -> {
                    MemorySegment buffer = a.allocate(block.length, 8);
                    long got =
                        SYSCALL_4.call(
                            e, SYS_GETDENTS64, dir.number(), buffer.address(), block.length);
                    if (got > 0) {
                      MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, block, 0, (int) got);
                    }
                    return got;
                  });
      if (n == 0) {
        return names;
      }
      // struct linux_dirent64: inode 8, offset 8, length 2, type 1, name with a closing NUL.
      for (int at = 0; at < n; ) {
        int length = (block[at + 16] & 0xff) | (block[at + 17] & 0xff) << 8;
        int end = at + 19;
        while (block[end] != 0) {
          end++;
        }
        byte[] name = java.util.Arrays.copyOfRange(block, at + 19, end);
        boolean dots =
            name.length > 0
                && name.length <= 2
                && name[0] == '.'
                && (name.length == 1 || name[1] == '.');
        if (!dots) {
          names.add(name);
        }
        at += length;
      }
    }
  }
}
