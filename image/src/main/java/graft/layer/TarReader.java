package graft.layer;

import graft.error.GraftException;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads an uncompressed tar of a stranger, entry by entry: ustar, PAX and GNU long names. Every
/// byte that is not the payload of a regular file is handed to a [Recorder] as it passes, so that
/// the archive can be put together again from the files it became (see [TarSplit]).
///
/// Written for layers rather than taken from commons-compress because of three things that library
/// does not give: names and attribute values as bytes, the raw header bytes, and bounds on what a
/// header may allocate before it is read.
///
/// Source: POSIX.1-2017 pax "ustar Interchange Format" and "pax Header Block"; GNU tar 1.35 manual,
/// "Basic Tar Format".
public final class TarReader {
  private static final int BLOCK = 512;

  /// Sees everything of the archive, in order.
  public interface Recorder {
    /// Bytes that are not file payload.
    void raw(byte[] bytes, int offset, int length) throws IOException;

    /// The payload of a regular file comes next, all of it.
    void payload(Name path, long size) throws IOException;

    Recorder NONE =
        new Recorder() {
          @Override
          public void raw(byte[] bytes, int offset, int length) {}

          @Override
          public void payload(Name path, long size) {}
        };
  }

  private final InputStream in;
  private final Limits limits;
  private final Recorder recorder;
  private final byte[] block = new byte[BLOCK];
  private final byte[] scratch = new byte[64 * 1024];
  private final Map<String, byte[]> global = new HashMap<>();
  private int entries;
  private long total;
  private long left;
  private int padding;
  private long headers;
  private long globalHeaders;
  private boolean ended;

  public TarReader(InputStream in, Limits limits, Recorder recorder) {
    this.in = in;
    this.limits = limits;
    this.recorder = recorder;
  }

  /// The next entry, or empty at the end of the archive; what is left of the last entry's payload
  /// is passed over. At the end everything behind the archive has been read, too.
  public Optional<TarEntry> next() throws IOException {
    if (ended) {
      return Optional.empty();
    }
    finishEntry();
    Map<String, byte[]> pax = new HashMap<>();
    byte[] longName = null;
    byte[] longLink = null;
    headers = 0;
    while (true) {
      if (!readHeader()) {
        return Optional.empty();
      }
      long size = number(124, 12, "size");
      byte flag = block[156];
      switch (flag) {
        case 'x' -> parsePax(extended(size), pax);
        case 'g' -> {
          // These stay for the rest of the archive, so their sum is bounded, too.
          globalHeaders = bounded(globalHeaders, size);
          parsePax(extended(size), global);
        }
        case 'L' -> longName = cutNul(extended(size));
        case 'K' -> longLink = cutNul(extended(size));
        default -> {
          return Optional.of(entry(flag, size, pax, longName, longLink));
        }
      }
    }
  }

  /// Reads payload of the current entry; -1 at its end.
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int n = in.read(buffer, offset, (int) Math.min(length, left));
    if (n < 0) {
      throw cut();
    }
    left -= n;
    count(n);
    return n;
  }

  private void finishEntry() throws IOException {
    while (left > 0) {
      if (read(scratch, 0, scratch.length) < 0) {
        break;
      }
    }
    if (padding > 0) {
      readRaw(scratch, padding);
      padding = 0;
    }
  }

  private static GraftException cut() {
    return GraftException.corrupt("the tar is cut off: unexpected EOF");
  }

  private void count(long n) {
    total += n;
    if (total > limits.total()) {
      throw GraftException.corrupt("the tar exceeds the limit of " + limits.total() + " bytes");
    }
  }

  private void readRaw(byte[] into, int length) throws IOException {
    int n = in.readNBytes(into, 0, length);
    if (n < length) {
      throw cut();
    }
    count(n);
    recorder.raw(into, 0, length);
  }

  /// Reads a header into `block`; false at the end of the archive.
  private boolean readHeader() throws IOException {
    int n = in.readNBytes(block, 0, BLOCK);
    count(n);
    if (n > 0) {
      recorder.raw(block, 0, n);
    }
    boolean zero = true;
    for (int i = 0; i < n; i++) {
      zero &= block[i] == 0;
    }
    if (n == 0 || zero) {
      // Everything behind belongs to the bytes that were hashed: a second zero block, padding, or
      // what else somebody put there.
      drain();
      ended = true;
      return false;
    }
    if (n < BLOCK) {
      throw cut();
    }
    if (number(148, 8, "checksum") != checksum(false)
        && number(148, 8, "checksum") != checksum(true)) {
      throw GraftException.corrupt("not a tar, or a damaged one: bad header checksum");
    }
    entries++;
    if (entries > limits.entries()) {
      throw GraftException.corrupt("the tar has more than " + limits.entries() + " entries");
    }
    return true;
  }

  private void drain() throws IOException {
    for (int n = in.read(scratch); n >= 0; n = in.read(scratch)) {
      count(n);
      recorder.raw(scratch, 0, n);
    }
  }

  private long checksum(boolean signed) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
      sum += signed ? b : b & 0xff;
    }
    return sum;
  }

  /// Octal text, or a big-endian binary number if the first bit is set (GNU).
  private long number(int offset, int length, String what) {
    if ((block[offset] & 0x80) != 0) {
      long value = block[offset] & 0x7f;
      if ((block[offset] & 0x40) != 0) {
        value |= -0x80L;
      }
      for (int i = 1; i < length; i++) {
        value = value << 8 | block[offset + i] & 0xff;
      }
      return value;
    }
    long value = 0;
    boolean digits = false;
    for (int i = offset; i < offset + length; i++) {
      byte b = block[i];
      if (b >= '0' && b <= '7') {
        value = value << 3 | b - '0';
        digits = true;
      } else if (b == 0 || b == ' ') {
        if (digits) {
          break;
        }
      } else {
        throw GraftException.corrupt("the tar has a header with a broken " + what);
      }
    }
    return value;
  }

  private long bounded(long before, long size) {
    if (size < 0 || size > limits.header() - before) {
      throw GraftException.corrupt(
          "the tar has an extended header of "
              + size
              + " bytes; the limit is "
              + limits.header()
              + " for all of an entry");
    }
    return before + size;
  }

  private byte[] extended(long size) throws IOException {
    headers = bounded(headers, size);
    byte[] bytes = new byte[(int) size];
    readRaw(bytes, bytes.length);
    int pad = pad(size);
    if (pad > 0) {
      readRaw(scratch, pad);
    }
    return bytes;
  }

  private static int pad(long size) {
    return (int) ((BLOCK - size % BLOCK) % BLOCK);
  }

  /// `LENGTH KEY=VALUE\n`, again and again. An empty value takes an earlier one back.
  private static void parsePax(byte[] bytes, Map<String, byte[]> into) {
    int at = 0;
    while (at < bytes.length && bytes[at] != 0) {
      int space = at;
      int length = 0;
      while (space < bytes.length && bytes[space] != ' ') {
        int digit = bytes[space] - '0';
        if (digit < 0 || digit > 9 || length > bytes.length) {
          throw badPax();
        }
        length = length * 10 + digit;
        space++;
      }
      int end = at + length;
      if (length == 0 || end > bytes.length || space + 1 >= end || bytes[end - 1] != '\n') {
        throw badPax();
      }
      int equals = space + 1;
      while (equals < end && bytes[equals] != '=') {
        equals++;
      }
      if (equals == end) {
        throw badPax();
      }
      String key = new String(bytes, space + 1, equals - space - 1, StandardCharsets.UTF_8);
      if (key.indexOf('\0') >= 0) {
        throw badPax();
      }
      byte[] value = Arrays.copyOfRange(bytes, equals + 1, end - 1);
      if (value.length == 0 && !key.startsWith("SCHILY.xattr.")) {
        into.remove(key);
      } else {
        into.put(key, value);
      }
      at = end;
    }
  }

  private static GraftException badPax() {
    return GraftException.corrupt("the tar has a broken PAX header");
  }

  private static byte[] cutNul(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return Arrays.copyOf(bytes, end);
  }

  private byte[] field(int offset, int length) {
    return cutNul(Arrays.copyOfRange(block, offset, offset + length));
  }

  private TarEntry entry(
      byte flag,
      long headerSize,
      Map<String, byte[]> own,
      byte @Nullable [] longName,
      byte @Nullable [] longLink)
      throws IOException {
    Map<String, byte[]> pax = global;
    if (!own.isEmpty()) {
      pax = new HashMap<>(global);
      pax.putAll(own);
    }
    for (String key : pax.keySet()) {
      if (key.startsWith("GNU.sparse.")) {
        throw sparse();
      }
    }
    byte[] rawPath = pax.get("path");
    if (rawPath == null) {
      rawPath = longName != null ? longName : nameOfHeader();
    }
    byte[] rawLink = pax.get("linkpath");
    if (rawLink == null) {
      rawLink = longLink != null ? longLink : field(157, 100);
    }
    boolean slash = rawPath.length > 0 && rawPath[rawPath.length - 1] == '/';
    Type type = type(flag, slash);
    long size = pax.containsKey("size") ? decimal(pax, "size") : headerSize;
    if (size < 0) {
      throw GraftException.corrupt("the tar has an entry of negative size");
    }
    boolean bearing = type == Type.FILE;
    if (!bearing) {
      // Old writers give hard links the size of their target; no data follows. Go reads it so.
      size = 0;
    }
    Name path = CleanPath.of(rawPath, limits.path());
    Name link =
        switch (type) {
          case HARDLINK -> CleanPath.of(rawLink, limits.path());
          case SYMLINK -> Name.of(checkLength(rawLink));
          case FILE, DIRECTORY, CHAR, BLOCK, FIFO -> Name.EMPTY;
        };
    left = size;
    padding = pad(size);
    if (bearing && size > 0) {
      recorder.payload(path, size);
    }
    Map<String, Name> xattrs = new HashMap<>();
    String prefix = "SCHILY.xattr.";
    pax.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        xattrs.put(key.substring(prefix.length()), Name.of(value));
      }
    });
    return new TarEntry(
        path,
        type,
        (int) number(100, 8, "mode") & 07777,
        pax.containsKey("uid") ? decimal(pax, "uid") : number(108, 8, "uid"),
        pax.containsKey("gid") ? decimal(pax, "gid") : number(116, 8, "gid"),
        size,
        pax.containsKey("mtime") ? time(pax.get("mtime")) : epoch(number(136, 12, "time")),
        link,
        isUstar() ? (int) number(329, 8, "device") : 0,
        isUstar() ? (int) number(337, 8, "device") : 0,
        xattrs);
  }

  private static Instant epoch(long seconds) {
    try {
      return Instant.ofEpochSecond(seconds);
    } catch (DateTimeException e) {
      throw new GraftException(
          GraftException.Kind.CORRUPT, "the tar has the impossible time " + seconds, e);
    }
  }

  private static GraftException sparse() {
    return GraftException.corrupt(
        "the tar has a sparse entry, which no image builder writes; pack it without --sparse");
  }

  private byte[] checkLength(byte[] target) {
    CleanPath.refuseNul(target);
    if (target.length > limits.path()) {
      throw GraftException.corrupt(
          "the tar has a link target longer than " + limits.path() + " bytes");
    }
    return target;
  }

  private boolean isUstar() {
    return block[257] == 'u' && block[258] == 's' && block[259] == 't' && block[260] == 'a';
  }

  private byte[] nameOfHeader() {
    byte[] name = field(0, 100);
    // Only POSIX ustar has the prefix; GNU's old format keeps times there.
    boolean posix = isUstar() && block[262] == 0;
    byte[] prefix = posix ? field(345, 155) : new byte[0];
    if (prefix.length == 0) {
      return name;
    }
    byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    joined[prefix.length] = '/';
    System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
    return joined;
  }

  private static Type type(byte flag, boolean slash) {
    return switch (flag) {
      case 0, '0', '7' -> slash ? Type.DIRECTORY : Type.FILE;
      case '1' -> Type.HARDLINK;
      case '2' -> Type.SYMLINK;
      case '3' -> Type.CHAR;
      case '4' -> Type.BLOCK;
      case '5' -> Type.DIRECTORY;
      case '6' -> Type.FIFO;
      case 'S' -> throw sparse();
      default ->
          throw GraftException.corrupt(
              "the tar has an entry of the unknown type '" + (char) flag + "'");
    };
  }

  private static long decimal(Map<String, byte[]> pax, String key) {
    byte[] value = pax.getOrDefault(key, new byte[0]);
    try {
      return Long.parseLong(new String(value, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      throw badPax();
    }
  }

  /// Seconds with a fraction, which may be longer than nanoseconds.
  private static Instant time(byte @Nullable [] value) {
    String text = value == null ? "0" : new String(value, StandardCharsets.US_ASCII);
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
      throw badPax();
    }
  }

  /// The whole payload of the current entry, which must be small.
  public byte[] readAll(int limit) throws IOException {
    if (left > limit) {
      throw GraftException.corrupt("an entry of " + left + " bytes exceeds " + limit);
    }
    byte[] all = new byte[(int) left];
    int at = 0;
    while (at < all.length) {
      int n = read(all, at, all.length - at);
      if (n < 0) {
        throw new EOFException();
      }
      at += n;
    }
    return all;
  }
}
