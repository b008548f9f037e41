package graft.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class IgnoreTest {
  private static final List<String> TREE =
      List.of(
          "a.txt",
          "b.log",
          "dir/a.txt",
          "dir/b.log",
          "dir/sub/c.txt",
          "dir/sub/.env",
          "node_modules/x/y.js",
          "src/node_modules/z.js",
          "src/main.go",
          "src/main_test.go",
          ".git/config",
          "README.md",
          "docs/README.md",
          "foo",
          "xfoo",
          "[1]",
          "1",
          "a+b",
          "a.b",
          "aab");

  static List<String> table() throws IOException {
    return Files.readAllLines(Fixtures.directory("ignore.txt")).stream()
        .filter(l -> !l.startsWith("# ") || l.startsWith("# comment"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("table")
  void leavesOutWhatDockerLeavesOut(String row) {
    int bar = row.lastIndexOf(" | ");
    // \\ is a backslash, \n the end of a line.
    String text =
        Stream.of(row.substring(0, bar).split("\\\\n", -1))
            .map(l -> l.replace("\\\\", "\\"))
            .collect(Collectors.joining("\n"));
    String expected = row.substring(bar + 3);
    if (expected.startsWith("error: ")) {
      assertThatThrownBy(() -> Ignore.parse(text))
          .isInstanceOf(DockerfileException.class)
          .hasMessageStartingWith(expected.substring(7));
      return;
    }
    Ignore ignore = Ignore.parse(text);
    assertThat(TREE.stream().filter(ignore::excludes).sorted().collect(Collectors.joining(" ")))
        .isEqualTo(expected);
    for (String file : TREE) {
      if (!ignore.excludes(file)) {
        for (int i = file.indexOf('/'); i >= 0; i = file.indexOf('/', i + 1)) {
          String directory = file.substring(0, i);
          assertThat(!ignore.excludes(directory) || ignore.mayInclude(directory))
              .as("%s has to be walked", directory)
              .isTrue();
        }
      }
    }
  }

  @Test
  void linesAreCleaned() {
    String text = "\ufeff# comment\r\n  a/b/../c/  \r\n\n/x\n!  /y/\n#z\n a # b\n";
    assertThat(Ignore.parse(text).patterns()).containsExactly("a/c", "x", "!y", "a # b");
  }

  @Test
  void noPatternTakesLong() {
    String pattern = "*a".repeat(200) + "b";
    assertThat(Ignore.parse(pattern).excludes("a".repeat(4000))).isFalse();
    String deep = "a/".repeat(2000) + "c";
    Ignore.Match match = Ignore.parse("**/x*/".repeat(200) + "b").match(deep, Ignore.ROOT);
    assertThat(match.excluded()).isFalse();
  }
}
