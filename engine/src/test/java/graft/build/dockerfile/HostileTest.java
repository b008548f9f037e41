package graft.build.dockerfile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Dockerfiles of people who mean no good. The time limits only end what would never end.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileTest {
  private static Analysis analyse(byte[] data) {
    return Analysis.of("Dockerfile", data, AnalysisTest.question(Ignore.NOTHING));
  }

  private static Analysis analyse(String text) {
    return analyse(text.getBytes(UTF_8));
  }

  @Test
  void aLineMayHave65535Bytes() {
    String just = "FROM busybox\nLABEL a=" + "x".repeat(65535 - 8) + "\n";
    assertThat(analyse(just).error()).isEmpty();
    DockerfileException e = analyse(just.replace("xx\n", "xxx\n")).error().orElseThrow();
    assertThat(e).hasMessage("dockerfile line greater than max allowed size of 65535");
    assertThat(e.location().orElseThrow().lines()).containsExactly(new Lines(2, 2));
  }

  @Test
  void aLineOfAHundredMegabytesIsNotRead() {
    long[] given = {0};
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] b, int off, int len) {
            Arrays.fill(b, off, off + len, (byte) 'x');
            given[0] += len;
            return len;
          }
        };
    assertThatThrownBy(() -> Dockerfile.read("Dockerfile", endless))
        .isInstanceOf(DockerfileException.class)
        .hasMessage("dockerfile line greater than max allowed size of 65535");
    assertThat(given[0]).isLessThan(1 << 20);
  }

  @Test
  void anEndlessFileIsNotRead() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            throw new UnsupportedOperationException();
          }

          @Override
          public int read(byte[] b, int off, int len) {
            Arrays.fill(b, off, off + len, (byte) '\n');
            return len;
          }
        };
    assertThatThrownBy(() -> Dockerfile.read("Dockerfile", endless))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("larger than");
  }

  @Test
  void tenThousandInstructions() {
    StringBuilder text = new StringBuilder("FROM busybox\nENV V0=x\n");
    for (int i = 1; i < 10_000; i++) {
      text.append("ENV V").append(i).append("=${V").append(i - 1).append("}x\n");
    }
    DockerfileException e = analyse(text.toString()).error().orElseThrow();
    assertThat(e).hasMessageContaining("variables are longer than");
    String mistakes = text.toString().replace("{V", "{W");
    assertThat(analyse(mistakes).warnings()).hasSize(9_999);
  }

  @Test
  void fiveThousandStagesOnTopOfEachOther() {
    StringBuilder text = new StringBuilder("FROM busybox AS s0\n");
    for (int i = 1; i < 5_000; i++) {
      text.append("FROM s").append(i - 1).append(" AS s").append(i).append("\nENV V").append(i);
      text.append("=1\n");
    }
    assertThat(analyse(text.toString()).error()).isEmpty();
  }

  @Test
  void fiveThousandStagesThatCopyFromEachOther() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      text.append("FROM busybox AS s").append(i).append("\nCOPY --from=s").append((i + 1) % 5_000);
      text.append(" /x /x\n");
    }
    DockerfileException e = analyse(text.toString()).error().orElseThrow();
    assertThat(e).hasMessageContaining("circular dependency detected on stage: s0");
  }

  @Test
  void onBuildOfOnBuild() {
    assertThat(analyse("FROM busybox\n" + "ONBUILD ".repeat(100_000 / 16)).error()).isPresent();
    assertThat(analyse("FROM busybox\n" + "ONBUILD \\\n".repeat(200_000) + "RUN x").error())
        .isPresent();
  }

  @Test
  void deepArraysAreNoArrays() {
    String deep = "[".repeat(60_000);
    assertThat(analyse("FROM busybox\nRUN " + deep + "\nSHELL " + deep).error()).isPresent();
  }

  @Test
  void aMillionContinuations() {
    assertThat(analyse("FROM busybox\nRUN \\\n" + "a \\\n".repeat(1_000_000) + "b").error())
        .isEmpty();
    assertThat(analyse("FROM busybox\nRUN \\\n" + "\n".repeat(1_000_000)).warnings()).hasSize(1);
  }

  @Test
  void manyHereDocuments() {
    StringBuilder text = new StringBuilder("FROM busybox\nRUN ");
    for (int i = 0; i < 10_000; i++) {
      text.append("<<E").append(i).append(i % 100 == 0 ? " \\\n" : " ");
    }
    text.append("\n");
    for (int i = 0; i < 10_000; i++) {
      text.append("E").append(i).append("\n");
    }
    assertThat(analyse(text.toString()).error()).isEmpty();
  }

  @Test
  void aHereDocumentKeepsItsBytesOrIsRefused() {
    byte[] data = "FROM busybox\nCOPY <<'E' /x\n?\nE\n".getBytes(UTF_8);
    data[new String(data, UTF_8).indexOf('?')] = (byte) 0xff;
    assertThat(analyse(data).error().orElseThrow()).hasMessageContaining("not valid UTF-8");
    byte[] comment = "# ?\nFROM busybox\n".getBytes(UTF_8);
    comment[2] = (byte) 0xff;
    assertThat(analyse(comment).error()).isEmpty();
  }

  /// All files of the other tests, with some bytes changed: nothing but an error that says what is
  /// wrong may come out.
  @Test
  void nothingButAnErrorComesOutOfNoise() throws IOException {
    List<byte[]> corpus = new ArrayList<>();
    for (String directory : List.of("check", "parse", "call", "../corpus")) {
      for (String name : Fixtures.names(directory)) {
        corpus.add(Fixtures.dockerfile(directory, name));
      }
    }
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    int read = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] data = mutated(corpus, random);
      try {
        Analysis analysis = analyse(data);
        CallResult.check(analysis, "Dockerfile", data);
        if (analysis.error().isEmpty()) {
          CallResult.targets(Dockerfile.parse("Dockerfile", data));
          read++;
        }
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ", run " + i + ": " + new String(data, UTF_8), e);
      }
    }
    assertThat(read).isGreaterThan(200);
  }

  private static final String BITS =
      "\\`$\"'{}[]<>#=,:;%/*?!- \t\r\n\u000b\u00a0\u0000\ufeff\u2028日";

  private static byte[] mutated(List<byte[]> corpus, SplittableRandom random) {
    StringBuilder text =
        new StringBuilder(new String(corpus.get(random.nextInt(corpus.size())), UTF_8));
    for (int n = random.nextInt(1, 8); n > 0; n--) {
      int at = random.nextInt(text.length() + 1);
      switch (random.nextInt(6)) {
        case 0 -> text.insert(at, BITS.charAt(random.nextInt(BITS.length())));
        case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(1, 4)));
        case 2 -> text.insert(at, text.substring(at, Math.min(text.length(), at + 12)));
        case 3 -> {
          String other = new String(corpus.get(random.nextInt(corpus.size())), UTF_8);
          int from = random.nextInt(other.length() + 1);
          text.insert(at, other, from, Math.min(other.length(), from + random.nextInt(40)));
        }
        case 4 -> {
          if (at < text.length()) {
            text.setCharAt(at, BITS.charAt(random.nextInt(BITS.length())));
          }
        }
        default -> text.setLength(at);
      }
    }
    byte[] data = text.toString().getBytes(UTF_8);
    if (data.length > 0 && random.nextInt(10) == 0) {
      data[random.nextInt(data.length)] = (byte) random.nextInt(256);
    }
    return data;
  }
}
