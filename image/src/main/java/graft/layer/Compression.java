package graft.layer;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import graft.error.GraftException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZIOException;
import org.tukaani.xz.XZInputStream;

/// How a stream of bytes is packed, told by its first bytes.
public enum Compression {
  NONE,
  GZIP,
  ZSTD,
  BZIP2,
  XZ;

  private static final int BUFFER = 128 * 1024;
  private static final int MAGIC = 6;

  /// A few bytes may ask for a dictionary of 1.5 GiB (xz) or 2 GiB (zstd). What the tools do by
  /// themselves, even at their highest levels, fits into these.
  private static final int XZ_MEMORY_KIB = 128 * 1024;

  private static final int ZSTD_WINDOW_LOG = 27;

  /// Looks at the first bytes without taking them.
  public static Compression detect(BufferedInputStream in) throws IOException {
    in.mark(MAGIC);
    byte[] m = in.readNBytes(MAGIC);
    in.reset();
    if (starts(m, 0x1f, 0x8b, 0x08)) {
      return GZIP;
    }
    // A zstd frame, or a skippable frame as zstd:chunked begins with.
    if (starts(m, 0x28, 0xb5, 0x2f, 0xfd)
        || (m.length >= 4
            && (m[0] & 0xf0) == 0x50
            && m[1] == 0x2a
            && m[2] == 0x4d
            && m[3] == 0x18)) {
      return ZSTD;
    }
    if (starts(m, 'B', 'Z', 'h')) {
      return BZIP2;
    }
    if (starts(m, 0xfd, '7', 'z', 'X', 'Z', 0)) {
      return XZ;
    }
    return NONE;
  }

  private static boolean starts(byte[] bytes, int... magic) {
    if (bytes.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((bytes[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  /// The unpacked bytes, whatever they are packed with. Closing closes `in`.
  public static InputStream decompress(InputStream in) throws IOException {
    BufferedInputStream buffered =
        in instanceof BufferedInputStream b ? b : new BufferedInputStream(in, BUFFER);
    try {
      return switch (detect(buffered)) {
        case NONE -> buffered;
        case GZIP -> new GZIPInputStream(buffered, BUFFER);
        case ZSTD ->
            new Unpacked(
                new ZstdInputStreamNoFinalizer(buffered).setLongMax(ZSTD_WINDOW_LOG), "zstd");
        case BZIP2 -> new BZip2CompressorInputStream(buffered, true);
        case XZ -> new Unpacked(new XZInputStream(buffered, XZ_MEMORY_KIB), "xz");
      };
    } catch (ZipException e) {
      throw new GraftException(
          GraftException.Kind.CORRUPT, "damaged gzip data: " + e.getMessage(), e);
    } catch (XZIOException e) {
      throw Unpacked.failed("xz", e);
    }
  }

  /// Says in our words what the libraries find wrong.
  private static final class Unpacked extends FilterInputStream {
    private final String form;

    Unpacked(InputStream in, String form) {
      super(in);
      this.form = form;
    }

    static GraftException failed(String form, IOException e) {
      if (e instanceof MemoryLimitException
          || e instanceof ZstdIOException z
              && z.getErrorCode() == Zstd.errFrameParameterWindowTooLarge()) {
        return new GraftException(
            GraftException.Kind.INVALID,
            "the "
                + form
                + " data takes more than 128 MiB of memory to unpack; pack it with a smaller"
                + " dictionary (xz -9 needs 65 MiB, zstd --long 128 MiB)",
            e);
      }
      return new GraftException(
          GraftException.Kind.CORRUPT, "damaged " + form + " data: " + e.getMessage(), e);
    }

    @Override
    public int read() throws IOException {
      try {
        return super.read();
      } catch (XZIOException | ZstdIOException e) {
        throw failed(form, e);
      }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        return super.read(buffer, offset, length);
      } catch (XZIOException | ZstdIOException e) {
        throw failed(form, e);
      }
    }
  }
}
