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

  /// Where payload comes from again.
  public interface Payloads {
    InputStream open(Name path) throws IOException;
  }

  private TarSplit() {}

  /// Records while a [TarReader] reads. Close it when the reader is at its end.
  public static final class Recording implements TarReader.Recorder, Closeable {
    private final DataOutputStream out;
    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream(CHUNK);

    public Recording(OutputStream file) {
      out = new DataOutputStream(new DeflaterOutputStream(file, deflater, CHUNK));
    }

    @Override
    public void raw(byte[] bytes, int offset, int length) throws IOException {
      pending.write(bytes, offset, length);
      if (pending.size() >= CHUNK) {
        flushRaw();
      }
    }

    @Override
    public boolean payload(TarEntry entry, long stored, @Nullable SparseMap map)
        throws IOException {
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
      out.writeByte('F');
      byte[] name = entry.path().bytes();
      out.writeShort(name.length);
      out.write(name);
      out.writeLong(stored);
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

  /// The tar again, as a stream; closing it closes `split`.
  public static InputStream assemble(InputStream split, Payloads payloads) {
    return new Assembled(
        new DataInputStream(new BufferedInputStream(new InflaterInputStream(split), CHUNK)),
        payloads);
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
        case 'F' -> {
          byte[] name = new byte[split.readUnsignedShort()];
          split.readFully(name);
          left = split.readLong();
          Name path = Name.of(name);
          fileName = path.toString();
          InputStream whole = payloads.open(path);
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

    private static Damaged damaged() {
      return new Damaged("the record of a layer's tar is damaged");
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
