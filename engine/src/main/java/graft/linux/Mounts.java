package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
  private static final int SYS_OPEN_TREE = 428;
  private static final int SYS_MOVE_MOUNT = 429;
  private static final int SYS_FSOPEN = 430;
  private static final int SYS_FSCONFIG = 431;
  private static final int SYS_FSMOUNT = 432;
  private static final int SYS_MOUNT_SETATTR = 442;
  private static final int FSCONFIG_SET_FLAG = 0;
  private static final int FSCONFIG_SET_STRING = 1;
  private static final int FSCONFIG_CMD_CREATE = 6;
  private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;
  private static final long OPEN_TREE_CLONE = 1;
  private static final long MOUNT_ATTR_IDMAP = 0x00100000;
  private static final int SIZE_OF_MOUNT_ATTR = 32;
  private static final long AT_RECURSIVE = 0x8000;
  private static final int CLOEXEC = 1;
  private static final long MOUNT_ATTR_RDONLY = 1;

  private static final Native.Function MOUNT = Native.ofInt("mount", 5);
  private static final Native.Function UMOUNT = Native.ofInt("umount2", 2);
  private static final Native.Function SYSCALL_3 = Native.ofLong("syscall", 3);
  private static final Native.Function SYSCALL_4 = Native.ofLong("syscall", 4);
  private static final Native.Function SYSCALL_6 = Native.ofLong("syscall", 6);

  private Mounts() {}

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
        boolean own = UserNamespace.own().initial();
        // Neither makes redirects; what is off may still follow them, which others could have made.
        configure(arena, errno, fs, "redirect_dir", own ? "off" : "nofollow");
        if (!own) {
          // Its attributes are user.overlay.*: those of trusted.* are for the machine's root alone.
          flag(arena, errno, fs, "userxattr");
        }
        if (volatileUpper) {
          flag(arena, errno, fs, "volatile");
        }
        command(errno, fs);
        attach(arena, errno, fs, upper.isEmpty(), target);
      }
    }
  }

  private static Fd fsopen(Arena arena, MemorySegment errno) throws LinuxException {
    long fd = SYSCALL_3.call(errno, SYS_FSOPEN, Native.string(arena, "overlay"), CLOEXEC);
    if (fd < 0) {
      throw new LinuxException("open the file system", "overlay", Native.errno(errno));
    }
    return new Fd((int) fd);
  }

  private static void configure(Arena arena, MemorySegment errno, Fd fs, String key, String value)
      throws IOException {
    long name = Native.string(arena, key);
    long text = Native.string(arena, value);
    if (fsconfig(errno, fs, FSCONFIG_SET_STRING, name, text) < 0) {
      throw failed(errno, fs, "set " + key + "=" + value + " of an overlay");
    }
  }

  private static void flag(Arena arena, MemorySegment errno, Fd fs, String key) throws IOException {
    if (fsconfig(errno, fs, FSCONFIG_SET_FLAG, Native.string(arena, key), 0) < 0) {
      throw failed(errno, fs, "set " + key + " of an overlay");
    }
  }

  private static void command(MemorySegment errno, Fd fs) throws IOException {
    if (fsconfig(errno, fs, FSCONFIG_CMD_CREATE, 0, 0) < 0) {
      throw failed(errno, fs, "make an overlay");
    }
  }

  private static long fsconfig(MemorySegment errno, Fd fs, int command, long key, long value) {
    return SYSCALL_6.call(errno, SYS_FSCONFIG, fs.number(), command, key, value, 0);
  }

  private static void attach(Arena arena, MemorySegment errno, Fd fs, boolean readOnly, Path target)
      throws IOException {
    long fd =
        SYSCALL_4.call(errno, SYS_FSMOUNT, fs.number(), CLOEXEC, readOnly ? MOUNT_ATTR_RDONLY : 0);
    if (fd < 0) {
      throw failed(errno, fs, "mount an overlay");
    }
    try (Fd mount = new Fd((int) fd)) {
      move(arena, errno, mount, "mount an overlay at", target);
    }
  }

  private static void move(Arena arena, MemorySegment errno, Fd mount, String what, Path target)
      throws IOException {
    long result =
        SYSCALL_6.call(
            errno,
            SYS_MOVE_MOUNT,
            mount.number(),
            Native.string(arena, ""),
            LinuxFiles.AT_FDCWD,
            Native.string(arena, target.toString()),
            MOVE_MOUNT_F_EMPTY_PATH);
    if (result < 0) {
      throw new LinuxException(what, target.toString(), Native.errno(errno));
    }
  }

  /// Mounts a directory at another one, where an id of a file is what it is inside a user
  /// namespace: root's files belong to that of the namespace. Linux 5.12, and 5.19 for what becomes
  /// a lower of an overlay; EINVAL where the file system cannot.
  ///
  /// @param user `/proc/PID/ns/user` or a bind mount of one
  public static void idmapped(Path source, Path target, Path user) throws IOException {
    try (Arena arena = Arena.ofConfined();
        Fd space = LinuxFiles.open(user.toString(), LinuxFiles.O_RDONLY)) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long fd =
          SYSCALL_4.call(
              errno,
              SYS_OPEN_TREE,
              LinuxFiles.AT_FDCWD,
              Native.string(arena, source.toString()),
              OPEN_TREE_CLONE | LinuxFiles.O_CLOEXEC);
      if (fd < 0) {
        throw new LinuxException("clone the mount of", source.toString(), Native.errno(errno));
      }
      try (Fd mount = new Fd((int) fd)) {
        MemorySegment attributes = arena.allocate(SIZE_OF_MOUNT_ATTR, 8);
        attributes.set(ValueLayout.JAVA_LONG, 0, MOUNT_ATTR_IDMAP);
        attributes.set(ValueLayout.JAVA_LONG, 24, space.number());
        long result =
            SYSCALL_6.call(
                errno,
                SYS_MOUNT_SETATTR,
                mount.number(),
                Native.string(arena, ""),
                LinuxFiles.AT_EMPTY_PATH,
                attributes.address(),
                SIZE_OF_MOUNT_ATTR);
        if (result < 0) {
          throw new LinuxException(
              "map the owners (userns-remap needs a file system and a kernel, 5.19 or later, with"
                  + " idmapped mounts) of",
              source.toString(),
              Native.errno(errno));
        }
        move(arena, errno, mount, "mount at", target);
      }
    }
  }

  /// The mount at a path once more, attached nowhere: it is gone when it is closed. Nothing that is
  /// mounted on either is seen on the other. Linux 5.12.
  ///
  /// @param below with what is mounted below
  /// @param attributes `MOUNT_ATTR_…` of mount_setattr(2) that it has besides its own
  public static Fd detached(Path source, boolean below, long attributes) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long recursive = below ? AT_RECURSIVE : 0;
      long fd =
          SYSCALL_4.call(
              errno,
              SYS_OPEN_TREE,
              LinuxFiles.AT_FDCWD,
              Native.string(arena, source.toString()),
              OPEN_TREE_CLONE | LinuxFiles.O_CLOEXEC | recursive);
      if (fd < 0) {
        throw new LinuxException("clone the mount of", source.toString(), Native.errno(errno));
      }
      Fd mount = new Fd((int) fd);
      MemorySegment set = arena.allocate(SIZE_OF_MOUNT_ATTR, 8);
      set.set(ValueLayout.JAVA_LONG, 0, attributes);
      set.set(ValueLayout.JAVA_LONG, 16, MS_PRIVATE);
      long result =
          SYSCALL_6.call(
              errno,
              SYS_MOUNT_SETATTR,
              mount.number(),
              Native.string(arena, ""),
              LinuxFiles.AT_EMPTY_PATH | recursive,
              set.address(),
              SIZE_OF_MOUNT_ATTR);
      if (result < 0) {
        int code = Native.errno(errno);
        mount.close();
        throw new LinuxException("change the mount of", source.toString(), code);
      }
      return mount;
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
      long result =
          MOUNT.call(
              errno,
              Native.string(arena, source),
              Native.string(arena, target.toString()),
              Native.string(arena, type),
              flags,
              Native.string(arena, data));
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
      long result = UMOUNT.call(errno, Native.string(arena, target.toString()), flags);
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

  /// Where a path is mounted, and whether what is mounted below it elsewhere is seen here.
  ///
  /// @param shared mounts go both ways
  /// @param slave mounts come here, and do not go back
  public record Propagation(Path mountPoint, boolean shared, boolean slave) {}

  /// Of the mount that a path, without links, lies on. Source: proc(5), mountinfo.
  public static Propagation propagation(Path path) throws IOException {
    Propagation found = new Propagation(Path.of("/"), false, false);
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      String[] fields = line.split(" ");
      if (fields.length < 7) {
        continue;
      }
      Path at = Path.of(unescape(fields[4]));
      // Of mounts at one place the last covers the others.
      if (path.startsWith(at) && at.getNameCount() >= found.mountPoint().getNameCount()) {
        boolean shared = false;
        boolean slave = false;
        for (int i = 6; i < fields.length && !fields[i].equals("-"); i++) {
          shared |= fields[i].startsWith("shared:");
          slave |= fields[i].startsWith("master:");
        }
        found = new Propagation(at, shared, slave);
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
