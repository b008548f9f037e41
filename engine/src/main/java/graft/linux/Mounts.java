package graft.linux;

import static graft.linux.Native.INT;
import static graft.linux.Native.LONG;
import static graft.linux.Native.PTR;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Mounting: overlays by the file-system context calls (fsopen, fsconfig, fsmount, move_mount;
/// Linux 6.5 for `lowerdir+`), everything else by mount(2).
///
/// `lowerdir+` takes one layer a call, so that neither the page limit of mount(2), which cuts
/// options off silently, nor the escaping of `:` and `,` matters; the kernel's own limit is 500
/// layers.
public final class Mounts {
  public static final int MS_RDONLY = 1;
  public static final int MS_NOSUID = 2;
  public static final int MS_NODEV = 4;
  public static final int MS_NOEXEC = 8;
  public static final int MS_REMOUNT = 32;
  public static final int MS_BIND = 4096;
  public static final int MS_REC = 16384;
  public static final int MS_PRIVATE = 1 << 18;

  private static final int MNT_DETACH = 2;
  private static final int SYS_MOVE_MOUNT = 429;
  private static final int SYS_FSOPEN = 430;
  private static final int SYS_FSCONFIG = 431;
  private static final int SYS_FSMOUNT = 432;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final int CLOEXEC = 1;
  private static final long MOUNT_ATTR_RDONLY = 1;

  private static final MethodHandle MOUNT = Native.call("mount", INT, PTR, PTR, PTR, LONG, PTR);
  private static final MethodHandle UMOUNT = Native.call("umount2", INT, PTR, INT);
  private static final MethodHandle FSOPEN = syscall(PTR, INT);
  private static final MethodHandle FSCONFIG = syscall(INT, INT, PTR, PTR, INT);
  private static final MethodHandle FSMOUNT = syscall(INT, INT, LONG);
  private static final MethodHandle MOVE = syscall(INT, PTR, INT, PTR, INT);

  private Mounts() {}

  private static MethodHandle syscall(MemoryLayout... arguments) {
    List<MemoryLayout> all = new ArrayList<>();
    all.add(LONG);
    all.addAll(List.of(arguments));
    return Native.variadic("syscall", 1, LONG, all.toArray(MemoryLayout[]::new));
  }

  /// Mounts a union at `target`. Without an upper it is read-only and needs two lowers at least
  /// (overlayfs refuses one; give an empty directory as the second).
  ///
  /// @param lowers topmost first
  /// @param volatileUpper skip syncing; the upper is lost after a crash
  public static void overlay(
      List<Path> lowers,
      Optional<Path> upper,
      Optional<Path> work,
      boolean volatileUpper,
      Path target)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      try (Fd fs = fsopen(arena, errno)) {
        for (Path lower : lowers) {
          configure(arena, errno, fs, "lowerdir+", lower.toString());
        }
        if (upper.isPresent() && work.isPresent()) {
          configure(arena, errno, fs, "upperdir", upper.get().toString());
          configure(arena, errno, fs, "workdir", work.get().toString());
        }
        configure(arena, errno, fs, "index", "off");
        configure(arena, errno, fs, "metacopy", "off");
        configure(arena, errno, fs, "redirect_dir", "off");
        if (volatileUpper) {
          flag(arena, errno, fs, "volatile");
        }
        command(errno, fs);
        attach(arena, errno, fs, upper.isEmpty(), target);
      }
    }
  }

  private static Fd fsopen(Arena arena, MemorySegment errno) throws LinuxException {
    long fd;
    try {
      fd =
          (long)
              FSOPEN.invokeExact(errno, (long) SYS_FSOPEN, arena.allocateFrom("overlay"), CLOEXEC);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    if (fd < 0) {
      throw new LinuxException("open the file system", "overlay", Native.errno(errno));
    }
    return new Fd((int) fd);
  }

  private static void configure(Arena arena, MemorySegment errno, Fd fs, String key, String value)
      throws IOException {
    long result;
    try {
      result =
          (long)
              FSCONFIG.invokeExact(
                  errno,
                  (long) SYS_FSCONFIG,
                  fs.number(),
                  FSCONFIG_SET_STRING,
                  arena.allocateFrom(key),
                  arena.allocateFrom(value),
                  0);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    if (result < 0) {
      throw failed(errno, fs, "set " + key + "=" + value + " of an overlay");
    }
  }

  private static void flag(Arena arena, MemorySegment errno, Fd fs, String key) throws IOException {
    long result;
    try {
      result =
          (long)
              FSCONFIG.invokeExact(
                  errno,
                  (long) SYS_FSCONFIG,
                  fs.number(),
                  FSCONFIG_SET_FLAG,
                  arena.allocateFrom(key),
                  MemorySegment.NULL,
                  0);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    if (result < 0) {
      throw failed(errno, fs, "set " + key + " of an overlay");
    }
  }

  private static void command(MemorySegment errno, Fd fs) throws IOException {
    long result;
    try {
      result =
          (long)
              FSCONFIG.invokeExact(
                  errno,
                  (long) SYS_FSCONFIG,
                  fs.number(),
                  FSCONFIG_CMD_CREATE,
                  MemorySegment.NULL,
                  MemorySegment.NULL,
                  0);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    if (result < 0) {
      throw failed(errno, fs, "make an overlay");
    }
  }

  private static void attach(Arena arena, MemorySegment errno, Fd fs, boolean readOnly, Path target)
      throws IOException {
    long fd;
    try {
      fd =
          (long)
              FSMOUNT.invokeExact(
                  errno,
                  (long) SYS_FSMOUNT,
                  fs.number(),
                  CLOEXEC,
                  readOnly ? MOUNT_ATTR_RDONLY : 0L);
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
    if (fd < 0) {
      throw failed(errno, fs, "mount an overlay");
    }
    try (Fd mount = new Fd((int) fd)) {
      long result =
          (long)
              MOVE.invokeExact(
                  errno,
                  (long) SYS_MOVE_MOUNT,
                  mount.number(),
                  arena.allocateFrom(""),
                  LinuxFiles.AT_FDCWD,
                  arena.allocateFrom(target.toString()),
                  MOVE_MOUNT_F_EMPTY_PATH);
      if (result < 0) {
        throw new LinuxException("mount an overlay at", target.toString(), Native.errno(errno));
      }
    } catch (LinuxException e) {
      throw e;
    } catch (Throwable t) {
      throw Native.impossible(t);
    }
  }

  /// With the text that the kernel left on the context: lines of `e `, `w ` or `i ` and a sentence.
  private static IOException failed(MemorySegment errno, Fd fs, String what) {
    int code = Native.errno(errno);
    StringBuilder said = new StringBuilder();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment line = arena.allocate(1024);
      long n = LinuxFiles.read(fs, line);
      while (n > 0) {
        said.append("; ")
            .append(
                new String(
                        line.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8)
                    .strip());
        n = LinuxFiles.read(fs, line);
      }
    } catch (LinuxException e) {
      // ENODATA: the kernel has no more to say.
      return new IOException("cannot " + what + ": " + Errno.text(code) + said);
    }
    return new IOException("cannot " + what + ": " + Errno.text(code) + said);
  }

  /// mount(2); `data` must stay below one page, which is checked, since the kernel cuts it off.
  public static void mount(String source, Path target, String type, long flags, String data)
      throws IOException {
    if (data.getBytes(StandardCharsets.UTF_8).length >= 4096) {
      throw new IOException("cannot mount " + source + " at " + target + ": options too long");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int result;
      try {
        result =
            (int)
                MOUNT.invokeExact(
                    errno,
                    arena.allocateFrom(source),
                    arena.allocateFrom(target.toString()),
                    arena.allocateFrom(type),
                    flags,
                    arena.allocateFrom(data));
      } catch (Throwable t) {
        throw Native.impossible(t);
      }
      if (result < 0) {
        throw new LinuxException("mount " + source + " at", target.toString(), Native.errno(errno));
      }
    }
  }

  /// Takes the topmost mount away, lazily if it is busy; false if nothing is mounted there.
  public static boolean unmount(Path target) throws IOException {
    int code = unmount(target, 0);
    if (code == Errno.EBUSY) {
      code = unmount(target, MNT_DETACH);
    }
    if (code == Errno.EINVAL || code == Errno.ENOENT) {
      return false;
    }
    if (code != 0) {
      throw new LinuxException("unmount", target.toString(), code);
    }
    return true;
  }

  private static int unmount(Path target, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int result;
      try {
        result = (int) UMOUNT.invokeExact(errno, arena.allocateFrom(target.toString()), flags);
      } catch (Throwable t) {
        throw Native.impossible(t);
      }
      return result < 0 ? Native.errno(errno) : 0;
    }
  }

  /// The mount points at or below a directory, deepest last.
  public static List<Path> below(Path directory) throws IOException {
    List<Path> found = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] fields = line.split(" ");
      if (fields.length > 4) {
        Path at = Path.of(unescape(fields[4]));
        if (at.startsWith(directory)) {
          found.add(at);
        }
      }
    }
    return found;
  }

  /// True where something is mounted at this very path.
  public static boolean isMountPoint(Path path) throws IOException {
    return below(path).contains(path);
  }

  private static String unescape(String field) {
    return field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\");
  }
}
