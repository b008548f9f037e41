package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Extended attributes of a name in an open directory; a symbolic link's own, never its target's.
///
/// Before Linux 6.13 there is no `*xattrat`, so the name is reached through /proc/self/fd.
public final class Xattrs {
  private static final Native.Function SET = Native.ofInt("lsetxattr", 5);
  private static final Native.Function GET = Native.ofLong("lgetxattr", 4);
  private static final Native.Function LIST = Native.ofLong("llistxattr", 3);
  private static final int MAX_VALUE = 64 * 1024;

  /// Marks a directory that hides what layers below have at its place. The value is `y`.
  public static final String OPAQUE = UserNamespace.own().overlayPrefix() + "opaque";

  private Xattrs() {}

  private static long path(Arena arena, int dir, byte[] name) {
    byte[] prefix = ("/proc/self/fd/" + dir + "/").getBytes(StandardCharsets.UTF_8);
    byte[] whole = Arrays.copyOf(prefix, prefix.length + name.length);
    System.arraycopy(name, 0, whole, prefix.length, name.length);
    return Native.string(arena, whole);
  }

  public static void set(int dir, byte[] name, String key, byte[] value) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment bytes = arena.allocate(Math.max(1, value.length));
      MemorySegment.copy(value, 0, bytes, ValueLayout.JAVA_BYTE, 0, value.length);
      long result =
          SET.call(
              errno,
              path(arena, dir, name),
              Native.string(arena, key),
              bytes.address(),
              value.length,
              0);
      if (result < 0) {
        throw failed("set the attribute " + key + " of", name, errno);
      }
    }
  }

  public static Optional<byte[]> get(int dir, byte[] name, String key) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long path = path(arena, dir, name);
      long attribute = Native.string(arena, key);
      // Asked for its size first: most names have none, and the room would cost more than the call.
      long n = GET.call(errno, path, attribute, 0, 0);
      if (n >= 0) {
        MemorySegment out = arena.allocate(MAX_VALUE);
        n = GET.call(errno, path, attribute, out.address(), MAX_VALUE);
        if (n >= 0) {
          return Optional.of(out.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE));
        }
      }
      int code = Native.errno(errno);
      if (code == Errno.ENODATA || code == Errno.EOPNOTSUPP) {
        return Optional.empty();
      }
      throw failed("read the attribute " + key + " of", name, errno);
    }
  }

  /// All of them, sorted by key.
  public static Map<String, byte[]> all(int dir, byte[] name) throws IOException {
    byte[] keys;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long path = path(arena, dir, name);
      long n = LIST.call(errno, path, 0, 0);
      if (n == 0) {
        return Map.of();
      }
      MemorySegment out = arena.allocate(MAX_VALUE);
      if (n > 0) {
        n = LIST.call(errno, path, out.address(), MAX_VALUE);
      }
      if (n < 0) {
        if (Native.errno(errno) == Errno.EOPNOTSUPP) {
          return Map.of();
        }
        throw failed("list the attributes of", name, errno);
      }
      keys = out.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE);
    }
    Map<String, byte[]> found = new TreeMap<>();
    for (String key : new String(keys, StandardCharsets.UTF_8).split("\0", -1)) {
      if (!key.isEmpty()) {
        get(dir, name, key).ifPresent(value -> found.put(key, value));
      }
    }
    return found;
  }

  private static LinuxException failed(String what, byte[] name, MemorySegment errno) {
    return new LinuxException(what, new String(name, StandardCharsets.UTF_8), Native.errno(errno));
  }
}
