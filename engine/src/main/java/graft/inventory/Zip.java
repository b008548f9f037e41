package graft.inventory;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/// The entries of a zip by its central directory, one after the other. The readers at hand make an
/// object of every entry a file claims before the first is asked for; a stranger's may claim as
/// many as fit into it.
///
/// Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.14-16.
final class Zip {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_LOCATOR_64 = 0x07064b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_SIZE = 22;
  private static final int LARGEST_DIRECTORY = 128 << 20;
  static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final long MAX_32 = 0xffffffffL;

  /// @param size as claimed
  record Entry(String name, int method, long packed, long size, long at) {}

  private final Bytes file;
  private final long start;
  private final byte[] directory;

  private Zip(Bytes file, long start, byte[] directory) {
    this.file = file;
    this.start = start;
    this.directory = directory;
  }

  /// @throws Senseless if it is none
  static Zip open(Bytes file) throws IOException {
    int length = (int) Math.min(file.size(), END_SIZE + 0xffff);
    ByteBuffer tail = little(file.bytes(file.size() - length, length));
    int end = length - END_SIZE;
    while (end >= 0 && tail.getInt(end) != END) {
      end--;
    }
    if (end < 0) {
      throw new Senseless("it is no zip, or not whole");
    }
    long endAt = file.size() - length + end;
    long size = Integer.toUnsignedLong(tail.getInt(end + 12));
    long offset = Integer.toUnsignedLong(tail.getInt(end + 16));
    long directoryEnd = endAt;
    if ((size == MAX_32 || offset == MAX_32 || tail.getShort(end + 10) == -1)
        && end >= 20
        && tail.getInt(end - 20) == END_LOCATOR_64) {
      directoryEnd = tail.getLong(end - 12);
      ByteBuffer wide = little(file.bytes(directoryEnd, 56));
      if (wide.getInt(0) != END_64) {
        throw new Senseless("its directory is not where it says");
      }
      size = wide.getLong(40);
      offset = wide.getLong(48);
    }
    if (size > LARGEST_DIRECTORY) {
      throw new Senseless("its directory is larger than " + (LARGEST_DIRECTORY >> 20) + " MB");
    }
    // Before a zip there may be something else, a script that starts it.
    long start = Math.max(0, directoryEnd - size - offset);
    return new Zip(file, start, file.bytes(start + offset, size));
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  void forEach(Consumer<Entry> entries) {
    ByteBuffer in = little(directory);
    while (in.remaining() >= 46 && in.getInt(in.position()) == CENTRAL) {
      int at = in.position();
      int name = Short.toUnsignedInt(in.getShort(at + 28));
      int extra = Short.toUnsignedInt(in.getShort(at + 30));
      int comment = Short.toUnsignedInt(in.getShort(at + 32));
      if (46 + name + extra + comment > in.remaining()) {
        throw new Senseless("its directory ends early");
      }
      long packed = Integer.toUnsignedLong(in.getInt(at + 20));
      long size = Integer.toUnsignedLong(in.getInt(at + 24));
      long local = Integer.toUnsignedLong(in.getInt(at + 42));
      int field = at + 46 + name;
      int end = field + extra;
      while (field + 4 <= end) {
        int id = in.getShort(field);
        int next = field + 4 + Short.toUnsignedInt(in.getShort(field + 2));
        if (id == 1) {
          // Only what did not fit above, in this order.
          int wide = field + 4;
          if (size == MAX_32 && wide + 8 <= end) {
            size = in.getLong(wide);
            wide += 8;
          }
          if (packed == MAX_32 && wide + 8 <= end) {
            packed = in.getLong(wide);
            wide += 8;
          }
          if (local == MAX_32 && wide + 8 <= end) {
            local = in.getLong(wide);
          }
        }
        field = next;
      }
      entries.accept(
          new Entry(
              new String(directory, at + 46, name, StandardCharsets.UTF_8),
              Short.toUnsignedInt(in.getShort(at + 10)),
              packed,
              size,
              start + local));
      in.position(at + 46 + name + extra + comment);
    }
  }

  /// The bytes of an entry: where they are if it is stored, else unpacked.
  ///
  /// @param most of unpacked bytes, whatever the entry claims
  /// @throws Senseless if there are more
  Bytes read(Entry entry, int most) throws IOException {
    ByteBuffer local = little(file.bytes(entry.at(), 30));
    if (local.getInt(0) != LOCAL) {
      throw new Senseless("an entry is not where it says");
    }
    long from =
        entry.at()
            + 30
            + Short.toUnsignedInt(local.getShort(26))
            + Short.toUnsignedInt(local.getShort(28));
    Bytes packed = file.slice(from, entry.packed());
    return switch (entry.method()) {
      case STORED -> packed;
      case DEFLATED -> Bytes.of(inflate(packed, most));
      default -> throw new Senseless("an entry is packed by method " + entry.method());
    };
  }

  private static byte[] inflate(Bytes packed, int most) throws IOException {
    Inflater inflater = new Inflater(true);
    try (InputStream in = new InflaterInputStream(packed.stream(), inflater)) {
      byte[] all = in.readNBytes(most);
      if (all.length == most && in.read() >= 0) {
        throw new Senseless("an entry is larger than " + most + " bytes");
      }
      return all;
    } catch (ZipException | EOFException e) {
      throw new Senseless("an entry is damaged");
    } finally {
      inflater.end();
    }
  }
}
