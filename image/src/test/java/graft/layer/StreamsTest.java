package graft.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

final class StreamsTest {
  private static byte[] compressible(int size) {
    byte[] bytes = new byte[size];
    Random random = new Random(size);
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) "abcdefgh".charAt(random.nextInt(8));
    }
    return bytes;
  }

  private static byte[] pack(Compression how, byte[] bytes) throws IOException {
    return switch (how) {
      case GZIP ->
          new PackedInput(new ByteArrayInputStream(bytes), BlockPacker.ZLIB).readAllBytes();
      case ZSTD -> Zstd.compress(bytes);
      case NONE -> bytes;
      case BZIP2 -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packing = new BZip2CompressorOutputStream(out)) {
          packing.write(bytes);
        }
        yield out.toByteArray();
      }
      case XZ -> xz(bytes, 1 << 20);
    };
  }

  private static byte[] xz(byte[] bytes, int dictionary) throws IOException {
    LZMA2Options options = new LZMA2Options(1);
    options.setDictSize(dictionary);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packing = new XZOutputStream(out, options)) {
      packing.write(bytes);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @CsvSource({
    "GZIP,0",
    "GZIP,1",
    "GZIP,262143",
    "GZIP,262144",
    "GZIP,262145",
    "GZIP,524288",
    "GZIP,3000001",
    "ZSTD,0",
    "ZSTD,1",
    "ZSTD,3000001",
    "BZIP2,0",
    "BZIP2,1000001",
    "XZ,0",
    "XZ,1",
    "XZ,3000001",
    "NONE,0",
    "NONE,5"
  })
  void thereAndBack(Compression how, int size) throws IOException {
    byte[] bytes = compressible(size);
    byte[] packed = pack(how, bytes);
    assertThat(Compression.decompress(new ByteArrayInputStream(packed))).hasBinaryContent(bytes);
    if (how == Compression.GZIP) {
      assertThat(new GZIPInputStream(new ByteArrayInputStream(packed))).hasBinaryContent(bytes);
    }
  }

  @Test
  void incompressibleBytesGrowByLittle() throws IOException {
    byte[] noise = new byte[1_000_000];
    new Random(1).nextBytes(noise);
    byte[] packed = pack(Compression.GZIP, noise);
    assertThat(packed.length).isLessThan(noise.length + 2_000);
    assertThat(Compression.decompress(new ByteArrayInputStream(packed))).hasBinaryContent(noise);
  }

  @Test
  void blocksAreNotMuchLargerThanTheWhole() throws IOException {
    byte[] bytes = compressible(2_000_000);
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (OutputStream gz = new java.util.zip.GZIPOutputStream(plain)) {
      gz.write(bytes);
    }
    assertThat(pack(Compression.GZIP, bytes).length).isLessThan(plain.size() * 103 / 100);
  }

  @Test
  void gzipMembersInARowAreOneStream() throws IOException {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(pack(Compression.GZIP, "one ".getBytes(StandardCharsets.UTF_8)));
    two.write(pack(Compression.GZIP, "two".getBytes(StandardCharsets.UTF_8)));
    assertThat(Compression.decompress(new ByteArrayInputStream(two.toByteArray())))
        .hasContent("one two");
  }

  @Test
  void xzStreamsInARowAreOneStream() throws IOException {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(pack(Compression.XZ, "one ".getBytes(StandardCharsets.UTF_8)));
    two.write(pack(Compression.XZ, "two".getBytes(StandardCharsets.UTF_8)));
    assertThat(Compression.decompress(new ByteArrayInputStream(two.toByteArray())))
        .hasContent("one two");
  }

  /// The dictionary is what a few bytes make the reader allocate.
  @Test
  void memoryIsBounded() throws IOException {
    byte[] bytes = compressible(1000);
    assertThat(Compression.decompress(new ByteArrayInputStream(xz(bytes, 64 << 20))))
        .hasBinaryContent(bytes);
    // The size of the dictionary stands in the header of the block, which a checksum guards.
    byte[] large = xz(bytes, 1 << 20);
    int properties = 12 + 4;
    assertThat(large[properties]).isEqualTo((byte) 16);
    large[properties] = 37;
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    crc.update(large, 12, 8);
    for (int i = 0; i < 4; i++) {
      large[20 + i] = (byte) (crc.getValue() >>> 8 * i);
    }
    assertThatThrownBy(() -> Compression.decompress(new ByteArrayInputStream(large)).readAllBytes())
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID))
        .hasMessageContaining("128 MiB");
    // A frame header: no checksum, no size, a window of 1 TiB and of 256 MiB.
    for (int window : new int[] {30 << 3, 18 << 3}) {
      byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0, (byte) window, 1, 0, 0};
      assertThatThrownBy(
              () -> Compression.decompress(new ByteArrayInputStream(frame)).readAllBytes())
          .isInstanceOfSatisfying(
              GraftException.class,
              e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID))
          .hasMessageContaining("128 MiB");
    }
  }

  @Test
  void damageIsNamed() throws IOException {
    byte[] packed = pack(Compression.XZ, compressible(100_000));
    packed[packed.length / 2] ^= 1;
    assertThatThrownBy(
            () -> Compression.decompress(new ByteArrayInputStream(packed)).readAllBytes())
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("damaged xz data");
  }

  @Test
  void digestAndSizeOfWhatWasWritten() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DigestingOutputStream d = new DigestingOutputStream(out);
    d.write('x');
    d.write(new byte[] {1, 2, 3, 4}, 1, 2);
    assertThat(d.size()).isEqualTo(3);
    assertThat(d.digest()).isEqualTo(Digest.of(out.toByteArray()));
  }

  private static void verified(byte[] bytes, long size, Digest digest) throws IOException {
    try (InputStream in = new VerifyingInputStream(new ByteArrayInputStream(bytes), size, digest)) {
      assertThat(in.skip(1)).isEqualTo(1);
      assertThat(in.read()).isEqualTo(bytes[1]);
      in.readAllBytes();
    }
  }

  @Test
  void verifying() throws IOException {
    byte[] bytes = compressible(100);
    verified(bytes, 100, Digest.of(bytes));
    assertThatThrownBy(() -> verified(bytes, 99, Digest.of(bytes)))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("more than");
    assertThatThrownBy(() -> verified(bytes, 101, Digest.of(bytes)))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("ends after 100");
    assertThatThrownBy(() -> verified(bytes, 100, Digest.of(new byte[0])))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("damaged");
  }
}
