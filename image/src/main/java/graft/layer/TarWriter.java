package graft.layer;

import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Writes tars: ustar headers, and a PAX header before each entry that needs one (a long or odd
/// name, a fraction of a second, attributes, large numbers). The same entries give the same bytes.
///
/// Source: POSIX.1-2017 pax; the attribute keys `SCHILY.xattr.*` are those GNU tar, star and Go
/// use.
public final class TarWriter implements Closeable {
  private static final int BLOCK = 512;
  private static final long MAX_OCTAL_11 = 077777777777L;
  private static final int MAX_OCTAL_7 = 07777777;

  private final OutputStream out;
  private final byte[] buffer = new byte[64 * 1024];
  private long size;

  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /// Bytes written so far.
  public long size() {
    return size;
  }

  /// Writes an entry and its payload, of which exactly `entry.size()` bytes are read.
  public void write(TarEntry entry, InputStream payload) throws IOException {
    header(entry);
    long left = entry.type() == Type.FILE ? entry.size() : 0;
    while (left > 0) {
      int n = payload.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (n < 0) {
        throw new EOFException("the file " + entry.path() + " became shorter while it was read");
      }
      emit(buffer, n);
      left -= n;
    }
    pad(entry.type() == Type.FILE ? entry.size() : 0);
  }

  /// An entry without payload.
  public void write(TarEntry entry) throws IOException {
    write(entry, InputStream.nullInputStream());
  }

  private void emit(byte[] bytes, int length) throws IOException {
    out.write(bytes, 0, length);
    size += length;
  }

  private void pad(long written) throws IOException {
    int n = (int) ((BLOCK - written % BLOCK) % BLOCK);
    if (n > 0) {
      emit(new byte[n], n);
    }
  }

  private void header(TarEntry entry) throws IOException {
    byte[] path = entry.path().isEmpty() ? new byte[] {'.'} : entry.path().bytes();
    if (entry.type() == Type.DIRECTORY) {
      path = Arrays.copyOf(path, path.length + 1);
      path[path.length - 1] = '/';
    }
    byte[] link = entry.linkTarget().bytes();
    Map<String, byte[]> pax = new TreeMap<>();
    if (path.length > 100 || !isAscii(path)) {
      pax.put("path", path);
    }
    if (link.length > 100 || !isAscii(link)) {
      pax.put("linkpath", link);
    }
    if (entry.size() > MAX_OCTAL_11) {
      pax.put("size", ascii(entry.size()));
    }
    if (entry.uid() > MAX_OCTAL_7) {
      pax.put("uid", ascii(entry.uid()));
    }
    if (entry.gid() > MAX_OCTAL_7) {
      pax.put("gid", ascii(entry.gid()));
    }
    long seconds = entry.mtime().getEpochSecond();
    if (entry.mtime().getNano() != 0 || seconds < 0 || seconds > MAX_OCTAL_11) {
      pax.put("mtime", decimal(entry.mtime()).getBytes(StandardCharsets.US_ASCII));
    }
    entry.xattrs().forEach((key, value) -> pax.put("SCHILY.xattr." + key, value.bytes()));
    if (!pax.isEmpty()) {
      byte[] body = pax(pax);
      byte[] name = ("PaxHeaders.0/" + shortName(entry.path())).getBytes(StandardCharsets.US_ASCII);
      block(name, 'x', 0644, 0, 0, body.length, 0, new byte[0], 0, 0);
      emit(body, body.length);
      pad(body.length);
    }
    block(
        path,
        flag(entry.type()),
        entry.mode(),
        Math.min(entry.uid(), MAX_OCTAL_7),
        Math.min(entry.gid(), MAX_OCTAL_7),
        entry.type() == Type.FILE ? Math.min(entry.size(), MAX_OCTAL_11) : 0,
        Math.clamp(seconds, 0, MAX_OCTAL_11),
        link,
        entry.deviceMajor(),
        entry.deviceMinor());
  }

  private static char flag(Type type) {
    return switch (type) {
      case FILE -> '0';
      case HARDLINK -> '1';
      case SYMLINK -> '2';
      case CHAR -> '3';
      case BLOCK -> '4';
      case DIRECTORY -> '5';
      case FIFO -> '6';
    };
  }

  private static String shortName(Name path) {
    String last = path.last().toString().replaceAll("[^A-Za-z0-9._-]", "_");
    return last.length() > 80 ? last.substring(0, 80) : last;
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }

  private static String decimal(Instant time) {
    if (time.getNano() == 0) {
      return Long.toString(time.getEpochSecond());
    }
    long seconds = time.getEpochSecond();
    int nanos = time.getNano();
    String sign = "";
    if (seconds < 0) {
      // PAX writes -0.5 where Instant has -1 s + 500,000,000 ns.
      sign = "-";
      seconds = -seconds - 1;
      nanos = 1_000_000_000 - nanos;
    }
    String fraction = String.format("%09d", nanos).replaceAll("0+$", "");
    return sign + seconds + "." + fraction;
  }

  private static byte[] pax(Map<String, byte[]> records) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    records.forEach((key, value) -> {
      byte[] name = key.getBytes(StandardCharsets.UTF_8);
      int rest = 1 + name.length + 1 + value.length + 1;
      int length = rest + 1;
      while (length != rest + Integer.toString(length).length()) {
        length = rest + Integer.toString(length).length();
      }
      all.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
      all.writeBytes(name);
      all.write('=');
      all.writeBytes(value);
      all.write('\n');
    });
    return all.toByteArray();
  }

  private void block(
      byte[] path,
      char flag,
      int mode,
      long uid,
      long gid,
      long length,
      long seconds,
      byte[] link,
      int major,
      int minor)
      throws IOException {
    byte[] b = new byte[BLOCK];
    System.arraycopy(path, 0, b, 0, Math.min(100, path.length));
    octal(b, 100, 8, mode);
    octal(b, 108, 8, uid);
    octal(b, 116, 8, gid);
    octal(b, 124, 12, length);
    octal(b, 136, 12, seconds);
    b[156] = (byte) flag;
    System.arraycopy(link, 0, b, 157, Math.min(100, link.length));
    byte[] magic = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
    System.arraycopy(magic, 0, b, 257, magic.length);
    octal(b, 329, 8, major);
    octal(b, 337, 8, minor);
    Arrays.fill(b, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte x : b) {
      sum += x & 0xff;
    }
    octal(b, 148, 7, sum);
    emit(b, BLOCK);
  }

  private static void octal(byte[] b, int offset, int length, long value) {
    long v = value;
    for (int i = offset + length - 2; i >= offset; i--) {
      b[i] = (byte) ('0' + (v & 7));
      v >>>= 3;
    }
    b[offset + length - 1] = 0;
  }

  /// Writes the end of the archive; leaves the stream open.
  @Override
  public void close() throws IOException {
    emit(new byte[2 * BLOCK], 2 * BLOCK);
    out.flush();
  }
}
