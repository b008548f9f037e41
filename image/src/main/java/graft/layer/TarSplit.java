package graft.layer;

import graft.layer.TarEntry.Name;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serial;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/// What a tar has besides the payload of its files, so that the very same bytes can be made again
/// from the files it was unpacked to. It costs about 50 bytes a file.
///
/// Form: zlib over a sequence of records. `R` length(4) bytes: to be copied. `F` length(2) path
/// size(8): the content of that file, which must have that size. `M` size(8) count(4), then
/// offset(8) length(8) for each range: the next `F` is sparse and has that size with its holes; its
/// content here is these ranges of it. `E`: the end; without it the record is cut off.
public final class TarSplit {
  private static final int CHUNK = 64 * 1024;

  /// More than the headers of an entry have room for.
  private static final int MAX_RANGES = 1 << 20;

  /// The files or the record are no longer what they were.
  public static final class Damaged extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    public Damaged(String message) {
      super(message);
    }
  }

  /// Which file has a payload.
  public sealed interface Source {
    Name name();

    /// @param name its path, as the tar has it
    record InLayer(Name name) implements Source {}

    /// @param name under which it was kept, when its path was given to something else
    record Replaced(Name name) implements Source {}
  }

  /// Where payload comes from again.
  public interface Payloads {
    InputStream open(Source source) throws IOException;
  }

  /// Says where the payload is that was written to this path. Asked in the order of the tar.
  public interface Relocation {
    Source find(Name path) throws IOException;
  }

  private TarSplit() {}

  private static void write(DataOutputStream out, Source source, long size) throws IOException {
    out.writeByte(
        switch (source) {
          case Source.InLayer _ -> 'F';
          case Source.Replaced _ -> 'K';
        });
    byte[] name = source.name().bytes();
    out.writeShort(name.length);
    out.write(name);
    out.writeLong(size);
  }

  /// Records while a [TarReader] reads. Close it when the reader is at its end.
  public static final class Recording implements TarReader.Recorder, Closeable {
    private final DataOutputStream out;
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream(CHUNK);
    private long payloads;

    public Recording(OutputStream file) {
      out = new DataOutputStream(new DeflaterOutputStream(file, deflater, CHUNK));
    }

    /// How many payloads were left out so far.
    public long payloads() {
      return payloads;
    }

    @Override
    public void raw(byte[] bytes, int offset, int length) throws IOException {
      pending.write(bytes, offset, length);
      if (pending.size() >= CHUNK) {
        flushRaw();
      }
    }

    /// Nobody gives a mark content; where somebody did, it has no file to come from again.
    @Override
    public boolean payload(TarEntry entry, long stored, @Nullable SparseMap map)
        throws IOException {
      if (entry.isMark() || entry.path().isEmpty()) {
        return false;
      }
      flushRaw();
      if (map != null) {
        out.writeByte('M');
        out.writeLong(map.size());
        out.writeInt(map.count());
        for (int i = 0; i < map.count(); i++) {
          out.writeLong(map.offset(i));
          out.writeLong(map.length(i));
        }
      }
      write(out, new Source.InLayer(entry.path()), stored);
      payloads++;
      return true;
    }

    private void flushRaw() throws IOException {
      if (pending.size() > 0) {
        out.writeByte('R');
        out.writeInt(pending.size());
        pending.writeTo(out);
        pending.reset();
      }
    }

    @Override
    public void close() throws IOException {
      try {
        flushRaw();
        out.writeByte('E');
        out.close();
      } finally {
        deflater.end();
      }
    }
  }

  /// Copies a record to one with other sources.
  public static void relocate(InputStream split, OutputStream to, Relocation relocation)
      throws IOException {
    DataInputStream in = opened(split);
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DataOutputStream out =
        new DataOutputStream(new DeflaterOutputStream(to, deflater, CHUNK))) {
      byte kind = in.readByte();
      while (kind != 'E') {
        switch (kind) {
          case 'R' -> {
            int length = in.readInt();
            out.writeByte('R');
            out.writeInt(length);
            copy(in, out, length);
          }
          case 'M' -> {
            out.writeByte('M');
            out.writeLong(in.readLong());
            int count = in.readInt();
            out.writeInt(count);
            copy(in, out, count * 16L);
          }
          case 'F' -> {
            Name path = name(in);
            write(out, relocation.find(path), in.readLong());
          }
          default -> throw damaged();
        }
        kind = in.readByte();
      }
      out.writeByte('E');
    } finally {
      deflater.end();
    }
  }

  private static void copy(DataInputStream in, OutputStream out, long length) throws IOException {
    byte[] buffer = new byte[CHUNK];
    for (long left = length; left > 0; ) {
      int n = (int) Math.min(left, CHUNK);
      in.readFully(buffer, 0, n);
      out.write(buffer, 0, n);
      left -= n;
    }
  }

  private static Name name(DataInputStream in) throws IOException {
    byte[] name = new byte[in.readUnsignedShort()];
    in.readFully(name);
    return Name.of(name);
  }

  private static DataInputStream opened(InputStream split) {
    return new DataInputStream(new BufferedInputStream(new InflaterInputStream(split), CHUNK));
  }

  private static Damaged damaged() {
    return new Damaged("the record of a layer's tar is damaged");
  }

  /// The tar again, as a stream; closing it closes `split`.
  public static InputStream assemble(InputStream split, Payloads payloads) {
    return new Assembled(opened(split), payloads);
  }

  private static final class Assembled extends InputStream {
    private final DataInputStream split;
    private final Payloads payloads;
    private @Nullable InputStream file;
    private String fileName = "";
    private long left;
    private boolean ended;

    Assembled(DataInputStream split, Payloads payloads) {
      this.split = split;
      this.payloads = payloads;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (left == 0) {
        if (ended || !nextRecord()) {
          ended = true;
          return -1;
        }
      }
      InputStream from = file == null ? split : file;
      int n = from.read(buffer, offset, (int) Math.min(length, left));
      if (n < 0) {
        throw new Damaged(
            file == null
                ? "the record of a layer's tar is cut off"
                : "the file " + fileName + " of a layer is shorter than it was");
      }
      left -= n;
      return n;
    }

    private boolean nextRecord() throws IOException {
      closeFile();
      byte kind = split.readByte();
      long sparseSize = -1;
      long[] offsets = new long[0];
      long[] lengths = new long[0];
      if (kind == 'M') {
        sparseSize = split.readLong();
        int count = split.readInt();
        if (count < 0 || count > MAX_RANGES) {
          throw damaged();
        }
        offsets = new long[count];
        lengths = new long[count];
        for (int i = 0; i < count; i++) {
          offsets[i] = split.readLong();
          lengths[i] = split.readLong();
        }
        kind = split.readByte();
      }
      switch (kind) {
        case 'R' -> left = split.readInt();
        case 'F', 'K' -> {
          Name name = name(split);
          left = split.readLong();
          fileName = name.toString();
          InputStream whole =
              payloads.open(kind == 'F' ? new Source.InLayer(name) : new Source.Replaced(name));
          file = sparseSize < 0 ? whole : new RangesInput(whole, offsets, lengths, sparseSize);
        }
        case 'E' -> {
          return false;
        }
        default -> throw damaged();
      }
      if (left < 0) {
        throw damaged();
      }
      return true;
    }

    private void closeFile() throws IOException {
      InputStream open = file;
      file = null;
      if (open != null) {
        try (open) {
          if (open.read() >= 0) {
            throw new Damaged("the file " + fileName + " of a layer is longer than it was");
          }
        }
      }
    }

    @Override
    public void close() throws IOException {
      InputStream open = file;
      file = null;
      if (open != null) {
        open.close();
      }
      split.close();
    }
  }
}
