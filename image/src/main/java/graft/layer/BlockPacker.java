package graft.layer;

import com.github.luben.zstd.Zstd;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// Packs a block of bytes into one member of a gzip file (RFC 1952), complete with header and
/// trailer, or into one zstd frame (RFC 8878). Of both, several in a row are a file. Called from
/// several threads at once.
@FunctionalInterface
public interface BlockPacker {
  byte[] pack(byte[] block);

  /// gzip with the zlib of the JDK, at level 4: twice as fast as the usual 6, 3 % larger.
  BlockPacker ZLIB = zlib(4);

  /// gzip with the zlib of the JDK.
  ///
  /// @param level 0 to 9
  static BlockPacker zlib(int level) {
    return block -> {
      Deflater deflater = new Deflater(level, true);
      try {
        deflater.setInput(block);
        deflater.finish();
        // zlib never needs more than 5 bytes for each 16 KiB it cannot pack, and a few.
        byte[] packed = new byte[10 + block.length + block.length / 3000 + 64 + 8];
        // Neither time nor name, so that the same input gives the same bytes.
        System.arraycopy(
            new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255}, 0, packed, 0, 10);
        int end = 10 + deflater.deflate(packed, 10, packed.length - 18);
        if (!deflater.finished()) {
          throw new IllegalStateException("zlib needs more room than it should");
        }
        CRC32 crc = new CRC32();
        crc.update(block);
        littleEndian(packed, end, crc.getValue());
        littleEndian(packed, end + 4, block.length);
        return java.util.Arrays.copyOf(packed, end + 8);
      } finally {
        deflater.end();
      }
    };
  }

  /// zstd.
  ///
  /// @param level 1 to 22
  static BlockPacker zstd(int level) {
    return block -> Zstd.compress(block, level);
  }

  private static void littleEndian(byte[] into, int at, long value) {
    for (int i = 0; i < 4; i++) {
      into[at + i] = (byte) (value >>> (8 * i));
    }
  }
}
