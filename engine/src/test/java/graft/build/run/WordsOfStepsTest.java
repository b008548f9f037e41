package graft.build.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.cache.StepKey;
import graft.build.dockerfile.GoText;
import graft.build.dockerfile.Ports;
import graft.build.source.GitSource;
import graft.build.source.Glob;
import graft.build.source.Modes;
import graft.error.GraftException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The small languages in instructions: wildcards, modes, ports, addresses of repositories, and how
/// history writes values.
class WordsOfStepsTest {
  @ParameterizedTest
  @CsvSource({
    "*.txt, a.txt, true",
    "*.txt, d/a.txt, false",
    "d/*, d/a, true",
    "d/*, d/a/b, false",
    "a?c, abc, true",
    "a?c, a/c, false",
    "[a-c]x, bx, true",
    "[^a-c]x, bx, false",
    "[]a]x, ]x, true",
    "a\\*, a*, true",
    "a\\*, ab, false",
    "**, a, true",
    "**, a/b, false",
    "*a*b*, xaxbx, true",
    "*a*b*, xbxax, false",
  })
  void wildcards(String pattern, String path, boolean fits) {
    assertThat(Glob.matches(pattern, path)).isEqualTo(fits);
  }

  @Test
  void manyStarsTakeNoTime() {
    assertThat(Glob.matches("*a".repeat(200) + "b", "a".repeat(4000))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"a[", "a[x-", "a\\"})
  void brokenPatterns(String pattern) {
    assertThatThrownBy(() -> Glob.matches(pattern, "ab")).isInstanceOf(GraftException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "755, 644, false, 755",
    "0640, 755, true, 640",
    "u=rwX, 600, false, 600",
    "u=rwX, 600, true, 700",
    "a+x, 644, false, 755",
    "+x, 644, false, 755",
    "u-w, 755, false, 555",
    "go=u, 700, false, 777",
    "u+s, 755, false, 4755",
    "g+s, 755, true, 2755",
    "+t, 777, true, 1777",
    "'u=rwX,go=rX', 700, true, 755",
    "'u=rwX,go=rX', 600, false, 644",
  })
  void modes(String text, String mode, boolean directory, String result) {
    int now = Modes.parse(text).apply(Integer.parseInt(mode, 8), directory);
    assertThat(Integer.toOctalString(now)).isEqualTo(result);
  }

  @ParameterizedTest
  @CsvSource({"99", "u", "u=q", "77777"})
  void brokenModes(String text) {
    assertThatThrownBy(() -> Modes.parse(text)).hasMessageContaining("invalid chmod parameter");
  }

  @Test
  void ports() {
    assertThat(Ports.parse("80").each()).containsExactly("80/tcp");
    assertThat(Ports.parse("9000-9002/UDP").each())
        .containsExactly("9000/udp", "9001/udp", "9002/udp");
    assertThatThrownBy(() -> Ports.parse("80/xyz").each())
        .hasMessage("invalid port: \"80/xyz\": invalid proto: xyz");
    assertThatThrownBy(() -> Ports.parse("70000").each())
        .hasMessage("invalid containerPort: 70000");
  }

  @ParameterizedTest
  @CsvSource({
    "https://h/r.git, https://h/r.git, '', ''",
    "https://h/r.git#v1, https://h/r.git, v1, ''",
    "https://h/r.git#v1:a/b, https://h/r.git, v1, a/b",
    "https://h/r.git#:../../etc, https://h/r.git, '', etc",
    "https://h/r.git?branch=x&subdir=y, https://h/r.git, x, y",
    "git@h:r.git#m, git@h:r.git, m, ''",
  })
  void repositories(String url, String remote, String reference, String directory) {
    assertThat(GitSource.parse(url))
        .isEqualTo(new GitSource.Address(remote, reference, directory, "", Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({"--upload-pack=x", "https://h/r.git#-x", "https://h/r.git?nonsense=1"})
  void noRepositories(String url) {
    assertThatThrownBy(() -> GitSource.parse(url)).isInstanceOf(GraftException.class);
  }

  @Test
  void history() {
    assertThat(GoText.quote(List.of("a\"b", "c\n"))).isEqualTo("[\"a\\\"b\" \"c\\n\"]");
    assertThat(GoText.quote(Duration.ofSeconds(5))).isEqualTo("\"5s\"");
    assertThat(GoText.quote(Duration.ofSeconds(90))).isEqualTo("\"1m30s\"");
    assertThat(GoText.quote(Duration.ofMillis(1500))).isEqualTo("\"1.5s\"");
    assertThat(GoText.quote(0)).isEqualTo("'\\x00'");
    assertThat(GoText.quote(3)).isEqualTo("'\\x03'");
  }

  @Test
  void differences() {
    List<String> before = List.of("v: 1", "a: x", "b: y");
    assertThat(StepKey.difference(before, before)).isEmpty();
    assertThat(StepKey.difference(before, List.of("v: 1", "a: z", "b: y")))
        .contains("a: z (was: x)");
    assertThat(StepKey.difference(before, List.of("v: 1", "b: y"))).contains("gone: a: x");
    assertThat(StepKey.difference(before, List.of("v: 1", "n: 1", "a: x", "b: y")))
        .contains("new: n: 1");
  }

  @Test
  void linesCannotPretendToBeTwo() {
    assertThat(new StepKey().add("a", "x\nb: y").digest())
        .isNotEqualTo(new StepKey().add("a", "x").add("b", "y").digest());
  }
}
