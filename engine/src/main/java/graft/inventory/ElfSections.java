package graft.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// Sections of an ELF file by name: compilers leave notes about what they built in there.
///
/// Source: System V gABI, "Sections".
final class ElfSections {
  private static final int MOST = 8192;

  private final Bytes file;
  private final boolean wide;
  private final ByteBuffer table;
  private final int entry;
  private final int count;
  private final byte[] names;

  private ElfSections(
      Bytes file, boolean wide, ByteBuffer table, int entry, int count, byte[] names) {
    this.file = file;
    this.wide = wide;
    this.table = table;
    this.entry = entry;
    this.count = count;
    this.names = names;
  }

  /// Empty where there are none.
  static Optional<ElfSections> of(Bytes file) throws IOException {
    byte[] ident = file.bytes(0, 16);
    boolean wide = ident[4] == 2;
    ByteOrder order = ident[5] == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer header = ByteBuffer.wrap(file.bytes(0, wide ? 64 : 52)).order(order);
    long at = wide ? header.getLong(40) : Integer.toUnsignedLong(header.getInt(32));
    int sizes = wide ? 58 : 46;
    int entry = Short.toUnsignedInt(header.getShort(sizes));
    int count = Short.toUnsignedInt(header.getShort(sizes + 2));
    int named = Short.toUnsignedInt(header.getShort(sizes + 4));
    if (at == 0 || count == 0 || count > MOST || entry < (wide ? 64 : 40) || named >= count) {
      return Optional.empty();
    }
    ByteBuffer table = ByteBuffer.wrap(file.bytes(at, (long) entry * count)).order(order);
    ElfSections sections = new ElfSections(file, wide, table, entry, count, new byte[0]);
    long length = Math.min(sections.size(named), 1 << 20);
    byte[] names = file.bytes(sections.offset(named), length);
    return Optional.of(new ElfSections(file, wide, table, entry, count, names));
  }

  private long offset(int section) {
    int at = section * entry + (wide ? 24 : 16);
    return wide ? table.getLong(at) : Integer.toUnsignedLong(table.getInt(at));
  }

  private long size(int section) {
    int at = section * entry + (wide ? 32 : 20);
    return wide ? table.getLong(at) : Integer.toUnsignedLong(table.getInt(at));
  }

  Optional<Bytes> find(String name) {
    byte[] wanted = (name + "\0").getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < count; i++) {
      int at = table.getInt(i * entry);
      if (at >= 0
          && at <= names.length - wanted.length
          && Arrays.equals(names, at, at + wanted.length, wanted, 0, wanted.length)) {
        return Optional.of(file.slice(offset(i), size(i)));
      }
    }
    return Optional.empty();
  }
}
