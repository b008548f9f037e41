package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibdeflateTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 1024 * 1024})
  void whatItPacksUnpacks(int size) throws IOException {
    assumeTrue(Libdeflate.find().isPresent(), "libdeflate.so.0 is not installed");
    Libdeflate library = Libdeflate.find().orElseThrow();
    byte[] noise = new byte[size];
    new Random(size).nextBytes(noise);
    byte[] packed = library.gzip(noise);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(packed))).hasBinaryContent(noise);
    assertThat(library.gzip(noise)).isEqualTo(packed);
    byte[] zeros = new byte[size];
    assertThat(library.gzip(zeros).length).isLessThan(size / 100 + 40);
    assertThat(new GZIPInputStream(new ByteArrayInputStream(library.gzip(zeros))))
        .hasBinaryContent(zeros);
  }
}
