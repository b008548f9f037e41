package graft.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedInputTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1, 5_000_000})
  void whatIsPackedUnpacksAndIsTheSameEachTime(int size) throws IOException {
    byte[] bytes = new byte[size];
    Random random = new Random(size);
    for (int i = 0; i < size; i++) {
      // Half noise, half repetition, so that dictionaries and stored blocks are both met.
      bytes[i] = i % 70_000 < 35_000 ? (byte) random.nextInt() : (byte) (i % 11);
    }
    for (BlockPacker packer :
        new BlockPacker[] {BlockPacker.ZLIB, BlockPacker.zlib(0), BlockPacker.zstd(3)}) {
      byte[] packed = pack(bytes, packer);
      assertThat(pack(bytes, packer)).isEqualTo(packed);
      try (InputStream in = Compression.decompress(new ByteArrayInputStream(packed))) {
        assertThat(in.readAllBytes()).isEqualTo(bytes);
      }
    }
    try (InputStream in =
        new GZIPInputStream(new ByteArrayInputStream(pack(bytes, BlockPacker.ZLIB)))) {
      assertThat(in.readAllBytes()).isEqualTo(bytes);
    }
  }

  private static byte[] pack(byte[] bytes, BlockPacker packer) throws IOException {
    try (PackedInput in = new PackedInput(new ByteArrayInputStream(bytes), packer)) {
      return in.readAllBytes();
    }
  }
}
