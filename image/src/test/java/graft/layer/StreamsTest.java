package graft.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

  private static byte[] pack(Compression how, int level, byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream packed = how.compress(out, level)) {
      int at = 0;
      while (at < bytes.length) {
        int n = Math.min(7_777, bytes.length - at);
        packed.write(bytes, at, n);
        at += n;
      }
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
    "NONE,0",
    "NONE,5"
  })
  void thereAndBack(Compression how, int size) throws IOException {
    byte[] bytes = compressible(size);
    for (int level : new int[] {1, 6}) {
      byte[] packed = pack(how, level, bytes);
      assertThat(Compression.decompress(new ByteArrayInputStream(packed))).hasBinaryContent(bytes);
      assertThat(pack(how, level, bytes)).isEqualTo(packed);
      if (how == Compression.GZIP) {
        assertThat(new GZIPInputStream(new ByteArrayInputStream(packed))).hasBinaryContent(bytes);
      }
    }
  }

  @Test
  void incompressibleBytesGrowByLittle() throws IOException {
    byte[] noise = new byte[1_000_000];
    new Random(1).nextBytes(noise);
    byte[] packed = pack(Compression.GZIP, 1, noise);
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
    assertThat(pack(Compression.GZIP, 6, bytes).length).isLessThan(plain.size() * 101 / 100);
  }

  @Test
  void gzipMembersInARowAreOneStream() throws IOException {
    ByteArrayOutputStream two = new ByteArrayOutputStream();
    two.write(pack(Compression.GZIP, 1, "one ".getBytes(StandardCharsets.UTF_8)));
    two.write(pack(Compression.GZIP, 1, "two".getBytes(StandardCharsets.UTF_8)));
    assertThat(Compression.decompress(new ByteArrayInputStream(two.toByteArray())))
        .hasContent("one two");
  }

  @Test
  void aFailingStreamBelowIsHeardOf() throws IOException {
    OutputStream full =
        new OutputStream() {
          private int left = 1000;

          @Override
          public void write(int b) throws IOException {
            if (left-- == 0) {
              throw new IOException("full");
            }
          }
        };
    OutputStream gz = Compression.GZIP.compress(full, 1);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                gz.write(compressible(100_000));
              }
              gz.close();
            })
        .isInstanceOf(IOException.class)
        .hasMessage("full");
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
