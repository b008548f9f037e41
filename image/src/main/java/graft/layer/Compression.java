package graft.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import graft.error.GraftException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/// How a stream of bytes is packed, told by its first bytes.
public enum Compression {
  NONE,
  GZIP,
  ZSTD,
  BZIP2,
  XZ;

  private static final int BUFFER = 128 * 1024;
  private static final int MAGIC = 6;

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
        case ZSTD -> new ZstdInputStreamNoFinalizer(buffered);
        case BZIP2 -> new BZip2CompressorInputStream(buffered, true);
        case XZ ->
            throw GraftException.invalid(
                "the archive is packed with xz, which is not supported; unpack it first");
      };
    } catch (ZipException e) {
      throw new GraftException(
          GraftException.Kind.CORRUPT, "damaged gzip data: " + e.getMessage(), e);
    }
  }
}
