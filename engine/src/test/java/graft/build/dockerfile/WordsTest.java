package graft.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class WordsTest {
  private static final Map<String, String> VARIABLES =
      Map.of(
          "FOO",
          "foo-bar.tar.gz",
          "EMPTY",
          "",
          "N",
          "a/b/c",
          "STAR",
          "a*b?",
          "BR",
          "}x}",
          "P",
          "*-",
          "J",
          "日本",
          "D",
          "a$b$");

  private static final Words BACKSLASH = new Words('\\');
  private static final Words BACKTICK = new Words('`');

  static List<String> table() throws IOException {
    return Files.readAllLines(Fixtures.directory("words.txt")).stream()
        .filter(l -> !l.startsWith("# "))
        .toList();
  }

  private static Optional<String> lookup(String name) {
    return Optional.ofNullable(VARIABLES.get(name));
  }

  @ParameterizedTest
  @MethodSource("table")
  void wordsMeanWhatTheyMeanInDocker(String row) {
    int bar = row.lastIndexOf(" | ");
    String word = row.substring(0, bar);
    String expected = row.substring(bar + 3);
    if (expected.startsWith("error: ")) {
      assertThatThrownBy(() -> BACKSLASH.expand(word, WordsTest::lookup))
          .isInstanceOf(DockerfileException.class)
          .hasMessage(expected.substring(7));
    } else {
      assertThat(BACKSLASH.expand(word, WordsTest::lookup).value()).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = '|',
      value = {
        "`$FOO       | $FOO",
        "\"a`\"b\"   | a\"b",
        "C:\\x\\$N   | C:\\x\\a/b/c",
        "a``b        | a`b",
        "'a`b'       | a`b",
        "a` b        | a b",
      })
  void theEscapeMayBeABacktick(String word, String expected) {
    assertThat(BACKTICK.expand(word, WordsTest::lookup).value()).isEqualTo(expected);
  }

  @Test
  void namesThatWereLookedForAreTold() {
    Words.Expanded expanded = BACKSLASH.expand("$FOO${A:-$B}'$C'\"$D\"\\$E$A", WordsTest::lookup);
    assertThat(expanded.matched()).containsExactly("FOO", "D");
    assertThat(expanded.unmatched()).containsExactlyInAnyOrder("A", "B");
  }

  @Test
  void blanksPartWordsUnlessQuotedOrEscaped() {
    assertThat(BACKSLASH.split(" 80  $S \"a b\" c\\ d 'e f'g $NONE h${NONE:-i j}k", this::ports))
        .isEqualTo(
            new Words.Split(
                List.of("80", "81", "82", "a b", "c d", "e fg", "hi", "jk"), Set.of("NONE")));
  }

  private Optional<String> ports(String name) {
    return name.equals("S") ? Optional.of("81 82") : Optional.empty();
  }

  @Test
  void hereDocumentsKeepTheirQuotes() {
    assertThat(Words.expandText("'$FOO' \"${N}\" \\$N\nit's", WordsTest::lookup).value())
        .isEqualTo("'foo-bar.tar.gz' \"a/b/c\" $N\nit's");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      delimiter = '|',
      value = {
        "RUN echo $FOO $NONE           | RUN echo foo-bar.tar.gz $NONE",
        "RUN echo \"$FOO\" '$FOO'      | RUN echo \"foo-bar.tar.gz\" '$FOO'",
        "RUN ${NONE:-x} ${NONE}        | RUN ${NONE:-x} ${NONE}",
        "RUN ${NONE/a/b} ${NONE#*/}    | RUN ${NONE/a/b} ${NONE#*/}",
        "RUN echo \"                   | RUN echo \"",
      })
  void progressShowsWhatIsKnown(String text, String expected) {
    assertThat(BACKSLASH.expandKnown(text, WordsTest::lookup)).isEqualTo(expected);
  }

  @Test
  void depthAndLengthHaveBounds() {
    String deep = "${A:-".repeat(100_000) + "}".repeat(100_000);
    assertThatThrownBy(() -> BACKSLASH.expand(deep, WordsTest::lookup))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("more than 200 substitutions in each other");
    String mega = "x".repeat(1 << 19);
    assertThatThrownBy(() -> BACKSLASH.expand("\"$A$A$A\"", _ -> Optional.of(mega)))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("variables insert more than");
    assertThatThrownBy(
            () -> BACKSLASH.expand("${A//x/" + "y".repeat(1000) + "}", _ -> Optional.of(mega)))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("variables insert more than");
    assertThatThrownBy(
            () -> BACKSLASH.expand("${A##" + "*a".repeat(9000) + "}", _ -> Optional.of(mega)))
        .isInstanceOf(DockerfileException.class)
        .hasMessageContaining("too long");
  }
}
