package graft.cli.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":[1,-2,0.5,true,false,null,\"x\"],\"b\":{}}",
        "[]",
        "\"\\\"\\\\\\n\\u0001ä\"",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1795744598123456789",
        "12.50"
      })
  void whatIsReadIsWrittenAgain(String text) throws IOException {
    assertThat(Json.parse(text).write()).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "-7, -7",
    "0.9, 0",
    "1e3, 1000",
    "9223372036854775807, 9223372036854775807",
    "1e999999999, 0"
  })
  void numbers(String text, long number) throws IOException {
    Json json = Json.parse(text);
    assertThat(json.isNumber()).isTrue();
    assertThat(json.number()).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\r\n", "null"})
  void nothingIsNull(String text) throws IOException {
    assertThat(Json.parse(text).isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":", "[1,", "{\"a\" 1}", "}", "{\"a\":1]", "\"x"})
  void whatIsNoJsonIsRefused(String text) {
    assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(IOException.class);
  }

  @Test
  void deepOnesAreRefused() {
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(IOException.class);
  }

  /// Hands out a piece for each read, and fails when it is asked for more.
  private static final class Pieces extends InputStream {
    private final Deque<byte[]> left = new ArrayDeque<>();

    Pieces(String... pieces) {
      for (String piece : pieces) {
        left.add(piece.getBytes(StandardCharsets.UTF_8));
      }
    }

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      byte[] piece = left.poll();
      if (piece == null) {
        throw new IOException("it would wait");
      }
      System.arraycopy(piece, 0, bytes, from, piece.length);
      return piece.length;
    }
  }

  @Test
  void eachValueIsThereAsSoonAsItIsComplete() throws IOException {
    Json.Values values = Json.values(new Pieces("{\"n\":1}", "\n{\"n\":", "2}\r\n{\"n\":3}"));
    for (int n = 1; n <= 3; n++) {
      assertThat(Objects.requireNonNull(values.next()).at("n").number()).isEqualTo(n);
    }
    assertThatThrownBy(values::next).hasMessage("it would wait");
  }

  @Test
  void aStreamEnds() throws IOException {
    for (String end : List.of("", "\n")) {
      Json.Values values =
          Json.values(new ByteArrayInputStream(("{} {}" + end).getBytes(StandardCharsets.UTF_8)));
      assertThat(values.next()).isNotNull();
      assertThat(values.next()).isNotNull();
      assertThat(values.next()).isNull();
    }
  }
}
