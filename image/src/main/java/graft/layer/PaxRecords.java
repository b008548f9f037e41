package graft.layer;

import graft.error.GraftException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/// The records of PAX headers: names are text, values bytes.
///
/// Source: POSIX.1-2017 pax, "pax Header Block".
final class PaxRecords {
  private PaxRecords() {}

  /// `LENGTH KEY=VALUE\n`, again and again. An empty value takes an earlier one back. The one thing
  /// that may come several times, GNU's first form of a sparse map, becomes its second one.
  static void parse(byte[] bytes, Map<String, byte[]> into) {
    ByteArrayOutputStream sparse = new ByteArrayOutputStream();
    int ranges = 0;
    int at = 0;
    while (at < bytes.length && bytes[at] != 0) {
      int space = at;
      int length = 0;
      while (space < bytes.length && bytes[space] != ' ') {
        int digit = bytes[space] - '0';
        if (digit < 0 || digit > 9 || length > bytes.length) {
          throw broken();
        }
        length = length * 10 + digit;
        space++;
      }
      int end = at + length;
      if (length == 0 || end > bytes.length || space + 1 >= end || bytes[end - 1] != '\n') {
        throw broken();
      }
      int equals = space + 1;
      while (equals < end && bytes[equals] != '=') {
        equals++;
      }
      if (equals == end) {
        throw broken();
      }
      String key = new String(bytes, space + 1, equals - space - 1, StandardCharsets.UTF_8);
      if (key.indexOf('\0') >= 0) {
        throw broken();
      }
      byte[] value = Arrays.copyOfRange(bytes, equals + 1, end - 1);
      if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
        boolean offset = key.endsWith("offset");
        if (offset != (ranges % 2 == 0)) {
          throw broken();
        }
        if (ranges++ > 0) {
          sparse.write(',');
        }
        sparse.writeBytes(value);
      } else if (value.length == 0 && !key.startsWith("SCHILY.xattr.")) {
        into.remove(key);
      } else {
        into.put(key, value);
      }
      at = end;
    }
    if (ranges > 0) {
      into.put(SparseMap.MAP, sparse.toByteArray());
    }
  }

  static GraftException broken() {
    return GraftException.corrupt("the tar has a broken PAX header");
  }

  /// Empty if there is none.
  static String text(Map<String, byte[]> pax, String key) {
    return new String(pax.getOrDefault(key, new byte[0]), StandardCharsets.US_ASCII);
  }

  static long decimal(Map<String, byte[]> pax, String key) {
    try {
      return Long.parseLong(text(pax, key));
    } catch (NumberFormatException e) {
      throw broken();
    }
  }

  /// Seconds with a fraction, which may be longer than nanoseconds.
  static Instant time(Map<String, byte[]> pax, String key) {
    String text = text(pax, key);
    try {
      int dot = text.indexOf('.');
      if (dot < 0) {
        return Instant.ofEpochSecond(Long.parseLong(text));
      }
      String fraction = (text.substring(dot + 1) + "000000000").substring(0, 9);
      long seconds = dot == 0 ? 0 : Long.parseLong(text.substring(0, dot));
      long nanos = Long.parseLong(fraction);
      return Instant.ofEpochSecond(seconds, text.startsWith("-") ? -nanos : nanos);
    } catch (NumberFormatException | DateTimeException e) {
      throw broken();
    }
  }
}
