package graft.layer;

import graft.error.GraftException;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads an uncompressed tar of a stranger, entry by entry: ustar, PAX, GNU long names and sparse
/// files. Every byte that is not the payload of a regular file is handed to a [Recorder] as it
/// passes, so that the archive can be put together again from the files it became (see [TarSplit]).
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
    /// Bytes that are not file payload, or such that [#payload] did not want to leave out.
    void raw(byte[] bytes, int offset, int length) throws IOException;

    /// The payload of a regular file comes next, all of it.
    ///
    /// @param stored its bytes in the archive
    /// @param map which parts of the file they are; null for all of it
    /// @return true if it will be known from elsewhere, false to have it as raw bytes
    boolean payload(TarEntry entry, long stored, @Nullable SparseMap map) throws IOException;

    Recorder NONE =
        new Recorder() {
          @Override
          public void raw(byte[] bytes, int offset, int length) {}

          @Override
          public boolean payload(TarEntry entry, long stored, @Nullable SparseMap map) {
            return true;
          }
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
  private long zeros;

  /// Payload that is still to come from the archive.
  private long left;

  private int padding;
  private boolean recorded;
  private SparseMap.@Nullable Cursor sparse;
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
        case 'x' -> PaxRecords.parse(extended(size), pax);
        case 'g' -> {
          // These stay for the rest of the archive, so their sum is bounded, too.
          globalHeaders = bounded(globalHeaders, size);
          PaxRecords.parse(extended(size), global);
        }
        case 'L' -> longName = cutNul(extended(size));
        case 'K' -> longLink = cutNul(extended(size));
        default -> {
          return Optional.of(entry(flag, size, pax, longName, longLink));
        }
      }
    }
  }

  /// Reads payload of the current entry, holes included; -1 at its end.
  public int read(byte[] buffer, int offset, int length) throws IOException {
    SparseMap.Cursor cursor = sparse;
    if (cursor == null) {
      return stored(buffer, offset, length);
    }
    long hole = cursor.hole();
    int n;
    if (hole > 0) {
      n = (int) Math.min(length, hole);
      zeros += n;
      if (zeros > limits.zeros()) {
        throw GraftException.corrupt(
            "the tar has sparse files with more than "
                + limits.zeros()
                + " bytes of holes to read");
      }
      Arrays.fill(buffer, offset, offset + n, (byte) 0);
    } else {
      n = stored(buffer, offset, (int) Math.min(length, cursor.data()));
    }
    cursor.advance(Math.max(0, n));
    return n;
  }

  /// The payload of whichever entry is the current one, holes included; to close it does nothing.
  public InputStream payload() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        return TarReader.this.read(buffer, offset, length);
      }
    };
  }

  /// How many zeros come next that the archive does not hold. A reader may pass them over, whatever
  /// their number, instead of reading them.
  public long hole() {
    return sparse == null ? 0 : sparse.hole();
  }

  /// Goes to the end of the hole.
  public void passHole() {
    if (sparse != null) {
      sparse.advance(sparse.hole());
    }
  }

  /// Reads what the archive has of the payload.
  private int stored(byte[] buffer, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int n = in.read(buffer, offset, (int) Math.min(length, left));
    if (n < 0) {
      throw cut();
    }
    left -= n;
    count(n);
    if (!recorded) {
      recorder.raw(buffer, offset, n);
    }
    return n;
  }

  private void finishEntry() throws IOException {
    while (left > 0) {
      if (stored(scratch, 0, scratch.length) < 0) {
        break;
      }
    }
    sparse = null;
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
    if (total < 0 || total > limits.total()) {
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

  private long number(int offset, int length, String what) {
    return TarNumbers.parse(block, offset, length, what);
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
    // The name beside it is one for tars that know no sparse files. These records are the entry's
    // alone: those of a global header mean nothing.
    byte[] rawPath = SparseMap.describedBy(own) ? own.get(SparseMap.NAME) : null;
    if (rawPath == null) {
      rawPath = pax.get("path");
    }
    if (rawPath == null) {
      rawPath = longName != null ? longName : nameOfHeader();
    }
    byte[] rawLink = pax.get("linkpath");
    if (rawLink == null) {
      rawLink = longLink != null ? longLink : field(157, 100);
    }
    boolean slash = rawPath.length > 0 && rawPath[rawPath.length - 1] == '/';
    long size = pax.containsKey("size") ? PaxRecords.decimal(pax, "size") : headerSize;
    if (size < 0) {
      throw GraftException.corrupt("the tar has an entry of negative size");
    }
    Type type = type(flag, slash, size);
    if (type != Type.FILE) {
      // Old writers give hard links the size of their target; no data follows. Go reads it so.
      size = 0;
    }
    left = size;
    padding = pad(size);
    SparseMap map = sparse(flag, own, type).orElse(null);
    sparse = map == null ? null : map.cursor();
    Name path = CleanPath.of(rawPath, limits.path());
    Name link =
        switch (type) {
          case HARDLINK -> CleanPath.of(rawLink, limits.path());
          case SYMLINK -> Name.of(checkLength(rawLink));
          case FILE, DIRECTORY, CHAR, BLOCK, FIFO -> Name.EMPTY;
        };
    Map<String, Name> xattrs = new HashMap<>();
    String prefix = "SCHILY.xattr.";
    pax.forEach((key, value) -> {
      if (key.startsWith(prefix)) {
        xattrs.put(key.substring(prefix.length()), Name.of(value));
      }
    });
    TarEntry entry =
        new TarEntry(
            path,
            type,
            (int) number(100, 8, "mode") & 07777,
            pax.containsKey("uid") ? PaxRecords.decimal(pax, "uid") : number(108, 8, "uid"),
            pax.containsKey("gid") ? PaxRecords.decimal(pax, "gid") : number(116, 8, "gid"),
            map == null ? size : map.size(),
            pax.containsKey("mtime")
                ? PaxRecords.time(pax, "mtime")
                : epoch(number(136, 12, "time")),
            link,
            isUstar() ? (int) number(329, 8, "device") : 0,
            isUstar() ? (int) number(337, 8, "device") : 0,
            xattrs);
    if (left > 0) {
      recorded = recorder.payload(entry, left, map);
    }
    return entry;
  }

  /// Reads the map of a sparse file, and leaves `left` at the data that it speaks of.
  private Optional<SparseMap> sparse(byte flag, Map<String, byte[]> own, Type type)
      throws IOException {
    Optional<SparseMap> map;
    if (flag == 'S') {
      map = Optional.of(SparseMap.ofHeader(block, this::extensionBlock));
    } else {
      map = SparseMap.ofRecords(own, left, this::mapBlock);
    }
    if (map.isPresent()) {
      if (type != Type.FILE || map.get().stored() != left) {
        throw GraftException.corrupt(
            "the tar has a sparse entry whose map does not fit its data of " + left + " bytes");
      }
      // The limit is one of what comes out: a few bytes may claim a hole of any size.
      count(map.get().size() - map.get().stored());
    }
    return map;
  }

  private byte[] extensionBlock() throws IOException {
    headers = bounded(headers, BLOCK);
    byte[] next = new byte[BLOCK];
    readRaw(next, BLOCK);
    return next;
  }

  private byte[] mapBlock() throws IOException {
    if (left < BLOCK) {
      throw GraftException.corrupt("the tar has a broken map of a sparse file: it is cut off");
    }
    left -= BLOCK;
    return extensionBlock();
  }

  private static Instant epoch(long seconds) {
    try {
      return Instant.ofEpochSecond(seconds);
    } catch (DateTimeException e) {
      throw new GraftException(
          GraftException.Kind.CORRUPT, "the tar has the impossible time " + seconds, e);
    }
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

  private static Type type(byte flag, boolean slash, long size) {
    return switch (flag) {
      case 'S' -> Type.FILE;
      // Old archives tell directories by their names. In those no data follows, whatever the size;
      // in newer ones it does, and what has data is a file. Go reads both so.
      case 0 -> slash ? Type.DIRECTORY : Type.FILE;
      case '0', '7' -> slash && size == 0 ? Type.DIRECTORY : Type.FILE;
      case '1' -> Type.HARDLINK;
      case '2' -> Type.SYMLINK;
      case '3' -> Type.CHAR;
      case '4' -> Type.BLOCK;
      case '5' -> Type.DIRECTORY;
      case '6' -> Type.FIFO;
      default ->
          throw GraftException.corrupt(
              "the tar has an entry of the unknown type '" + (char) flag + "'");
    };
  }

  /// The whole payload of the current entry, which must be small.
  public byte[] readAll(int limit) throws IOException {
    long size = sparse == null ? left : sparse.left();
    if (size > limit) {
      throw GraftException.corrupt("an entry of " + size + " bytes exceeds " + limit);
    }
    byte[] all = new byte[(int) size];
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
