package graft.layer;

import graft.error.GraftException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// Which ranges of a sparse file a tar holds; everything between them is zeros. GNU tar has written
/// such maps in four forms, and all are read: in the header and in blocks behind it (type `S`), as
/// PAX records (0.0 and 0.1), and in front of the data (1.0).
///
/// What a map may be is what Go's archive/tar lets pass: ranges in order, apart from each other,
/// and inside the file. One map takes at most [Limits#header] bytes, so it fits into memory,
/// however large the file claims to be.
///
/// Source: GNU tar 1.35 manual, "Sparse Formats"; Go 1.25 archive/tar, reader.go, handleSparseFile.
public final class SparseMap {
  private static final int IN_HEADER = 386;
  private static final int IN_EXTENSION = 0;
  private static final int FIELD = 12;

  /// Of the real size in an old header.
  private static final int SIZE = 483;

  static final String NAME = "GNU.sparse.name";
  static final String MAP = "GNU.sparse.map";

  /// Hands out the blocks behind a header, and the bytes of a map to its limit.
  interface Blocks {
    byte[] next() throws IOException;
  }

  private final long size;
  private long[] offsets = new long[4];
  private long[] lengths = new long[4];
  private int count;
  private long stored;

  private SparseMap(long size) {
    this.size = size;
    if (size < 0) {
      throw broken("the file has a negative size");
    }
  }

  /// Of the whole file, with its holes.
  long size() {
    return size;
  }

  /// Bytes in the archive.
  long stored() {
    return stored;
  }

  int count() {
    return count;
  }

  long offset(int range) {
    return offsets[range];
  }

  long length(int range) {
    return lengths[range];
  }

  private static GraftException broken(String why) {
    return GraftException.corrupt("the tar has a broken map of a sparse file: " + why);
  }

  private void add(long offset, long length) {
    long end = count == 0 ? 0 : offsets[count - 1] + lengths[count - 1];
    if (offset < 0 || length < 0) {
      throw broken("a range is negative");
    }
    if (offset < end) {
      throw broken("its ranges overlap or are out of order");
    }
    if (offset > size || length > size - offset) {
      throw broken("a range lies beyond the file's end");
    }
    if (count == offsets.length) {
      offsets = Arrays.copyOf(offsets, count * 2);
      lengths = Arrays.copyOf(lengths, count * 2);
    }
    offsets[count] = offset;
    lengths[count] = length;
    count++;
    stored += length;
  }

  // ---- type S

  /// Four ranges in the header, 21 in each block behind it.
  static SparseMap ofHeader(byte[] header, Blocks behind) throws IOException {
    // star's sparse files have the same type and quite another header.
    if (header[257] != 'u' || header[262] != ' ') {
      throw broken("it is not in GNU's form");
    }
    SparseMap map = new SparseMap(TarNumbers.parse(header, SIZE, FIELD, "size"));
    map.addAll(header, IN_HEADER, 4);
    boolean more = header[IN_HEADER + 4 * 2 * FIELD] != 0;
    while (more) {
      byte[] block = behind.next();
      map.addAll(block, IN_EXTENSION, 21);
      more = block[IN_EXTENSION + 21 * 2 * FIELD] != 0;
    }
    return map;
  }

  private void addAll(byte[] block, int at, int ranges) {
    for (int i = 0; i < ranges; i++) {
      int field = at + i * 2 * FIELD;
      // An unused one ends the list of this block; there may be further blocks all the same.
      if (block[field] == 0) {
        return;
      }
      add(
          TarNumbers.parse(block, field, FIELD, "sparse map"),
          TarNumbers.parse(block, field + FIELD, FIELD, "sparse map"));
    }
  }

  // ---- PAX

  /// Whether these are records of a sparse file.
  static boolean describedBy(Map<String, byte[]> pax) {
    return pax.containsKey(MAP)
        || pax.containsKey("GNU.sparse.major")
        || pax.containsKey("GNU.sparse.minor");
  }

  /// The map that the records of an entry describe, empty if it is no sparse file.
  ///
  /// @param data the blocks of the entry's data, for version 1.0, which keeps the map there
  static Optional<SparseMap> ofRecords(Map<String, byte[]> pax, long size, Blocks data)
      throws IOException {
    if (!describedBy(pax)) {
      return Optional.empty();
    }
    String version =
        PaxRecords.text(pax, "GNU.sparse.major") + "." + PaxRecords.text(pax, "GNU.sparse.minor");
    return switch (version) {
      // The first ones told no version.
      case ".", "0.0", "0.1" -> Optional.of(list(pax, realSize(pax, size)));
      case "1.0" -> Optional.of(new InFront(data).read(realSize(pax, size)));
      default -> throw broken("version " + version + " is not known");
    };
  }

  private static long realSize(Map<String, byte[]> pax, long size) {
    for (String key : new String[] {"GNU.sparse.size", "GNU.sparse.realsize"}) {
      if (pax.containsKey(key)) {
        return PaxRecords.decimal(pax, key);
      }
    }
    return size;
  }

  /// `offset,length,offset,length…`
  private static SparseMap list(Map<String, byte[]> pax, long size) {
    SparseMap map = new SparseMap(size);
    String text = PaxRecords.text(pax, MAP);
    if (text.isEmpty()) {
      return map;
    }
    String[] numbers = text.split(",", -1);
    if (numbers.length % 2 != 0) {
      throw broken("a range has no length");
    }
    for (int i = 0; i < numbers.length; i += 2) {
      map.add(number(numbers[i]), number(numbers[i + 1]));
    }
    return map;
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw broken("something in it is not a number");
    }
  }

  /// The map of version 1.0: the number of ranges, then offsets and lengths, a line each, filled up
  /// to a whole block.
  private static final class InFront {
    private final Blocks data;
    private byte[] block = new byte[0];
    private int at;

    InFront(Blocks data) {
      this.data = data;
    }

    SparseMap read(long size) throws IOException {
      SparseMap map = new SparseMap(size);
      // Nothing is allocated for what is only claimed: a range costs four bytes at least.
      long ranges = line();
      if (ranges < 0) {
        throw broken("the number of its ranges is negative");
      }
      for (; ranges > 0; ranges--) {
        map.add(line(), line());
      }
      return map;
    }

    private long line() throws IOException {
      StringBuilder digits = new StringBuilder();
      while (true) {
        if (at == block.length) {
          block = data.next();
          at = 0;
        }
        char c = (char) (block[at++] & 0xff);
        if (c == '\n') {
          return number(digits.toString());
        }
        if (digits.length() > 20) {
          throw broken("something in it is not a number");
        }
        digits.append(c);
      }
    }
  }

  // ---- where a reader is

  Cursor cursor() {
    return new Cursor();
  }

  /// A place in the file.
  final class Cursor {
    private long at;
    private int range;

    /// Bytes to the end of the file.
    long left() {
      return size - at;
    }

    /// Zeros from here on.
    long hole() {
      while (range < count && at >= offsets[range] + lengths[range]) {
        range++;
      }
      long next = range < count ? offsets[range] : size;
      return Math.max(0, next - at);
    }

    /// Bytes from the archive from here on; 0 in a hole and at the end.
    long data() {
      return hole() > 0 || range == count ? 0 : offsets[range] + lengths[range] - at;
    }

    void advance(long bytes) {
      at += bytes;
    }
  }
}
