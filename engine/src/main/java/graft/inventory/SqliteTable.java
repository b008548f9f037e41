package graft.inventory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/// The blobs of one table of an SQLite file. SQLite itself is not let near it: a file of a stranger
/// may have a schema with triggers and views, and its reader is native code.
///
/// Every page is read once, whatever the file claims, so that the work is bounded by its size.
///
/// Source: sqlite.org/fileformat2.html, sections 1.3, 1.6, 2.1 and 2.6.
final class SqliteTable {
  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final long LARGEST = 2L << 30;
  private static final int LARGEST_ROW = 64 << 20;
  private static final int INTERIOR = 0x05;
  private static final int LEAF = 0x0d;

  private final Bytes file;
  private final int pageSize;
  private final int usable;
  private final long pages;
  private final BitSet seen = new BitSet();
  private long root = 1;

  /// Rows do not overlap in a file that is whole.
  private long rowsLeft;

  private SqliteTable(Bytes file) throws IOException {
    this.file = file;
    if (file.size() > LARGEST) {
      throw new Senseless("larger than " + (LARGEST >> 30) + " GB");
    }
    ByteBuffer header = ByteBuffer.wrap(file.bytes(0, 100));
    if (!Arrays.equals(header.array(), 0, 16, MAGIC, 0, 16)) {
      throw new Senseless("it is no SQLite file");
    }
    int size = Short.toUnsignedInt(header.getShort(16));
    this.pageSize = size == 1 ? 64 << 10 : size;
    this.usable = pageSize - (header.get(20) & 0xff);
    if (Integer.bitCount(pageSize) != 1 || pageSize < 512 || usable < 480) {
      throw new Senseless("its pages have no size that may be");
    }
    this.pages = file.size() / pageSize;
    this.rowsLeft = file.size();
  }

  /// @throws Senseless if there is none of that name
  static SqliteTable find(Bytes file, String name) throws IOException {
    SqliteTable schema = new SqliteTable(file);
    SqliteTable table = new SqliteTable(file);
    table.root = 0;
    // Columns: type, name, tbl_name, rootpage, sql.
    schema.rows(
        row -> {
          List<Object> columns = columns(row);
          if (columns.size() >= 4
              && "table".equals(columns.get(0))
              && name.equals(columns.get(1))
              && columns.get(3) instanceof Long page) {
            table.root = page;
          }
        },
        _ -> {});
    if (table.root == 0) {
      throw new Senseless("it has no table " + name);
    }
    return table;
  }

  /// Every last blob of a row.
  ///
  /// @param skip hears what is left out, and why
  void forEach(Consumer<byte[]> blobs, Consumer<String> skip) throws IOException {
    rows(
        row -> {
          for (Object column : columns(row).reversed()) {
            if (column instanceof byte[] blob) {
              blobs.accept(blob);
              break;
            }
          }
        },
        skip);
  }

  private void rows(Consumer<byte[]> rows, Consumer<String> skip) throws IOException {
    Deque<Long> left = new ArrayDeque<>(List.of(root));
    while (!left.isEmpty()) {
      long number = left.pop();
      ByteBuffer page = page(number);
      int start = number == 1 ? 100 : 0;
      int kind = page.get(start);
      int cells = Short.toUnsignedInt(page.getShort(start + 3));
      int pointers = start + (kind == INTERIOR ? 12 : 8);
      if (kind != INTERIOR && kind != LEAF || pointers + 2 * cells > usable) {
        throw new Senseless("page " + number + " is of no table");
      }
      for (int i = 0; i < cells; i++) {
        int cell = Short.toUnsignedInt(page.getShort(pointers + 2 * i));
        if (cell >= usable) {
          throw new Senseless("page " + number + " has something outside of it");
        }
        if (kind == INTERIOR && left.size() <= pages) {
          left.push(Integer.toUnsignedLong(page.getInt(cell)));
        } else if (kind == LEAF) {
          row(page.position(cell), rows, skip);
        }
      }
      if (kind == INTERIOR) {
        left.push(Integer.toUnsignedLong(page.getInt(start + 8)));
      }
    }
  }

  private ByteBuffer page(long number) throws IOException {
    if (number < 1 || number > pages || seen.get((int) number)) {
      throw new Senseless("page " + number + " is not there, or comes twice");
    }
    seen.set((int) number);
    return ByteBuffer.wrap(file.bytes((number - 1) * pageSize, pageSize));
  }

  /// A cell of a leaf: length, row id, what fits of the row, and the page on which it goes on.
  private void row(ByteBuffer cell, Consumer<byte[]> rows, Consumer<String> skip)
      throws IOException {
    long length = varint(cell);
    varint(cell);
    if (length < 0 || length > LARGEST_ROW || length > file.size()) {
      skip.accept("a row of " + Long.toUnsignedString(length) + " bytes");
      return;
    }
    int total = (int) length;
    rowsLeft -= total;
    if (rowsLeft < 0) {
      throw new Senseless("its rows are longer than itself");
    }
    byte[] row = new byte[total];
    int most = usable - 35;
    int here = total;
    if (total > most) {
      int least = (usable - 12) * 32 / 255 - 23;
      int k = least + (total - least) % (usable - 4);
      here = k <= most ? k : least;
    }
    cell.get(row, 0, here);
    long next = here < total ? Integer.toUnsignedLong(cell.getInt()) : 0;
    for (int done = here; done < total; ) {
      ByteBuffer page = page(next);
      next = Integer.toUnsignedLong(page.getInt(0));
      int n = Math.min(total - done, usable - 4);
      page.get(4, row, done, n);
      done += n;
    }
    rows.accept(row);
  }

  /// Texts as [String], blobs as `byte[]`, numbers as [Long], everything else as an empty text.
  private static List<Object> columns(byte[] bytes) {
    ByteBuffer row = ByteBuffer.wrap(bytes);
    int headerEnd = Math.clamp(varint(row), 0, bytes.length);
    int at = headerEnd;
    List<Object> columns = new ArrayList<>();
    while (row.position() < headerEnd && columns.size() < 100) {
      long type = varint(row);
      if (type < 0 || type >= 12 && (type - 12) / 2 > bytes.length - at) {
        throw new Senseless("a column is longer than its row");
      }
      if (type >= 12) {
        int n = (int) ((type - 12) / 2);
        columns.add(
            type % 2 == 0
                ? Arrays.copyOfRange(bytes, at, at + n)
                : new String(bytes, at, n, StandardCharsets.UTF_8));
        at += n;
      } else if (type >= 1 && type <= 6) {
        int n = type <= 4 ? (int) type : type == 5 ? 6 : 8;
        long value = bytes[at];
        for (int i = 1; i < n; i++) {
          value = value << 8 | bytes[at + i] & 0xff;
        }
        columns.add(value);
        at += n;
      } else {
        columns.add(type == 8 ? (Object) 0L : type == 9 ? (Object) 1L : "");
        at += type == 7 ? 8 : 0;
      }
    }
    return columns;
  }

  /// Big endian, seven bits of each byte and eight of the ninth.
  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int i = 0; i < 8; i++) {
      byte b = in.get();
      value = value << 7 | b & 0x7f;
      if (b >= 0) {
        return value;
      }
    }
    return value << 8 | in.get() & 0xff;
  }
}
