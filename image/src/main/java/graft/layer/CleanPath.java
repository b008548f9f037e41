package graft.layer;

import graft.error.GraftException;
import graft.layer.TarEntry.Name;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// From a path as a stranger wrote it to one that is relative and cannot climb: `./a//b/` is `a/b`;
/// one with a `..` element is refused, whatever it would resolve to.
final class CleanPath {
  private CleanPath() {}

  /// A zero byte would end the name where the kernel reads it.
  static void refuseNul(byte[] raw) {
    for (byte b : raw) {
      if (b == 0) {
        throw GraftException.corrupt("the tar has a path with a zero byte");
      }
    }
  }

  static Name of(byte[] raw, int limit) {
    refuseNul(raw);
    byte[] clean = new byte[raw.length];
    int length = 0;
    int at = 0;
    while (at < raw.length) {
      int end = at;
      while (end < raw.length && raw[end] != '/') {
        end++;
      }
      int n = end - at;
      boolean dot = n == 1 && raw[at] == '.';
      if (n == 2 && raw[at] == '.' && raw[at + 1] == '.') {
        throw GraftException.corrupt("the tar has the path \"" + show(raw) + "\", which escapes");
      }
      if (n > 255) {
        throw GraftException.corrupt(
            "the tar has a path with a name longer than 255 bytes: \"" + show(raw) + "\"");
      }
      if (n > 0 && !dot) {
        if (length > 0) {
          clean[length++] = '/';
        }
        System.arraycopy(raw, at, clean, length, n);
        length += n;
      }
      at = end + 1;
    }
    if (length > limit) {
      throw GraftException.corrupt("the tar has a path longer than " + limit + " bytes");
    }
    return Name.of(Arrays.copyOf(clean, length));
  }

  private static String show(byte[] raw) {
    String text = new String(raw, StandardCharsets.UTF_8);
    return text.length() > 200 ? text.substring(0, 200) + "…" : text;
  }
}
