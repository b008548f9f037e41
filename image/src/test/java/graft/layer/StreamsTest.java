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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
      case GZIP -> new GzipInput(new ByteArrayInputStream(bytes), GzipPacker.ZLIB).readAllBytes();
      case ZSTD -> Zstd.compress(bytes);
      case NONE -> bytes;
      case BZIP2, XZ -> throw new IllegalArgumentException("not packed here: " + how);
    };
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
