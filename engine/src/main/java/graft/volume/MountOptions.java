package graft.volume;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The `o` of a volume, in the words of mount(8), as the kernel wants it.
///
/// @param flags of mount(2), without those of propagation
/// @param propagation MS_SHARED and its like, which want a call of their own; 0 for none
/// @param data what only the file system understands, joined by commas
record MountOptions(long flags, long propagation, String data) {
  private static final long RDONLY = 1;
  private static final long NOSUID = 1 << 1;
  private static final long NODEV = 1 << 2;
  private static final long NOEXEC = 1 << 3;
  private static final long SYNCHRONOUS = 1 << 4;
  private static final long REMOUNT = 1 << 5;
  private static final long MANDLOCK = 1 << 6;
  private static final long DIRSYNC = 1 << 7;
  private static final long NOATIME = 1 << 10;
  private static final long NODIRATIME = 1 << 11;
  private static final long BIND = 1 << 12;
  private static final long REC = 1 << 14;
  private static final long UNBINDABLE = 1 << 17;
  private static final long PRIVATE = 1 << 18;
  private static final long SLAVE = 1 << 19;
  private static final long SHARED = 1 << 20;
  private static final long RELATIME = 1 << 21;
  private static final long STRICTATIME = 1 << 24;

  private static final Map<String, Long> SETS =
      Map.ofEntries(
          Map.entry("defaults", 0L),
          Map.entry("ro", RDONLY),
          Map.entry("nosuid", NOSUID),
          Map.entry("nodev", NODEV),
          Map.entry("noexec", NOEXEC),
          Map.entry("sync", SYNCHRONOUS),
          Map.entry("dirsync", DIRSYNC),
          Map.entry("remount", REMOUNT),
          Map.entry("mand", MANDLOCK),
          Map.entry("noatime", NOATIME),
          Map.entry("nodiratime", NODIRATIME),
          Map.entry("bind", BIND),
          Map.entry("rbind", BIND | REC),
          Map.entry("relatime", RELATIME),
          Map.entry("strictatime", STRICTATIME));

  private static final Map<String, Long> CLEARS =
      Map.ofEntries(
          Map.entry("rw", RDONLY),
          Map.entry("suid", NOSUID),
          Map.entry("dev", NODEV),
          Map.entry("exec", NOEXEC),
          Map.entry("async", SYNCHRONOUS),
          Map.entry("nomand", MANDLOCK),
          Map.entry("atime", NOATIME),
          Map.entry("diratime", NODIRATIME),
          Map.entry("norelatime", RELATIME),
          Map.entry("nostrictatime", STRICTATIME));

  private static final Map<String, Long> PROPAGATIONS =
      Map.of(
          "private",
          PRIVATE,
          "rprivate",
          PRIVATE | REC,
          "slave",
          SLAVE,
          "rslave",
          SLAVE | REC,
          "shared",
          SHARED,
          "rshared",
          SHARED | REC,
          "unbindable",
          UNBINDABLE,
          "runbindable",
          UNBINDABLE | REC);

  static MountOptions parse(String text) {
    long flags = 0;
    long propagation = 0;
    List<String> data = new ArrayList<>();
    for (String word : text.split(",")) {
      Long sets = SETS.get(word);
      Long clears = CLEARS.get(word);
      Long kind = PROPAGATIONS.get(word);
      if (sets != null) {
        flags |= sets;
      } else if (clears != null) {
        flags &= ~clears;
      } else if (kind != null) {
        propagation |= kind;
      } else if (!word.isEmpty()) {
        data.add(word);
      }
    }
    return new MountOptions(flags, propagation, String.join(",", data));
  }

  /// A bind takes the flags of its source; that it is read-only has to be said again.
  boolean isReadOnlyBind() {
    return (flags & (BIND | RDONLY)) == (BIND | RDONLY);
  }

  long remountFlags() {
    return flags | REMOUNT;
  }
}
