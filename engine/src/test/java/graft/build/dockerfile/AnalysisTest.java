package graft.build.dockerfile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What lint says and why builds fail, as BuildKit 0.25.2 says it: the expectations were measured
/// with `docker build --check`. Where Graft differs the file says what dockerd has.
class AnalysisTest {
  private static final Platform AMD64 = new Platform("linux", "amd64");

  static final Base BUSYBOX =
      new Base(
          AMD64,
          Map.of("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
          List.of(),
          "",
          List.of());

  static Base find(String image, Platform platform) {
    if (image.startsWith("busybox")) {
      return BUSYBOX;
    }
    String name = "docker.io/library/" + image + ":latest";
    throw new DockerfileException(
        "failed to resolve source metadata for " + name + ": " + name + ": not found");
  }

  static Analysis.Question question(Ignore ignore) {
    return new Analysis.Question(
        "", true, Map.of(), AMD64, AMD64, Optional.empty(), Set.of(), ignore, AnalysisTest::find);
  }

  static List<String> names() throws IOException {
    return Fixtures.names("check");
  }

  static String place(List<Lines> lines) {
    if (lines.isEmpty()) {
      return "-";
    }
    int first = lines.stream().mapToInt(Lines::first).min().orElseThrow();
    int last = lines.stream().mapToInt(Lines::last).max().orElseThrow();
    return first == last ? "" + first : first + "-" + last;
  }

  @ParameterizedTest
  @MethodSource("names")
  void findsWhatDockerFinds(String name) throws IOException {
    Analysis analysis =
        Analysis.of("Dockerfile", Fixtures.dockerfile("check", name), question(Ignore.NOTHING));
    List<String> found = new ArrayList<>();
    for (Warning w : analysis.warnings()) {
      found.add(place(w.lines()) + " " + w.rule() + ": " + w.detail());
    }
    analysis
        .error()
        .ifPresent(e ->
            found.add(place(e.location().orElseThrow().lines()) + " error: " + e.getMessage()));
    assertThat(found).isEqualTo(Fixtures.expected("check", name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*.log          | COPY a.log /         | Copy file \"a.log\"",
        "*.log          | ADD ./x/../a.log /   | Add file \"a.log\"",
        "dir            | COPY dir/a b /       | Copy file \"dir/a\"",
        "dir            | COPY . /             |",
        "*              | COPY . /             | Copy file \".\"",
        "*.log,!b.log   | COPY a.log /         |",
        "a              | COPY --from=busybox a /  |",
        "a              | ADD https://x.com/a /    |",
        "a              | COPY <<a /x          |",
      })
  void copiesOfWhatIsIgnored(String patterns, String instruction, @Nullable String expected) {
    String text = "FROM busybox\n" + instruction + "\n" + (instruction.contains("<<") ? "a\n" : "");
    Analysis analysis =
        Analysis.of(
            "Dockerfile", text.getBytes(UTF_8), question(Ignore.of(List.of(patterns.split(",")))));
    assertThat(analysis.error()).isEmpty();
    assertThat(analysis.warnings().stream().map(Warning::detail).toList())
        .isEqualTo(
            expected == null
                ? List.of()
                : List.of("Attempting to " + expected + " that is excluded by .dockerignore"));
  }

  @Test
  void aTargetNeedsOnlyItsStages() {
    String text = "FROM busybox AS a\nCMD x\nFROM nowhere AS b\nFROM a AS c\nCMD y\n";
    Analysis.Question q =
        new Analysis.Question(
            "c",
            false,
            Map.of(),
            AMD64,
            AMD64,
            Optional.empty(),
            Set.of(),
            Ignore.NOTHING,
            AnalysisTest::find);
    Analysis analysis = Analysis.of("Dockerfile", text.getBytes(UTF_8), q);
    assertThat(analysis.error()).isEmpty();
    assertThat(analysis.warnings().stream().map(w -> place(w.lines())).toList())
        .isEqualTo(List.of("2", "5"));
  }

  @Test
  void aTargetThatIsNotThereIsSuggested() {
    Analysis.Question q =
        new Analysis.Question(
            "bulid",
            false,
            Map.of(),
            AMD64,
            AMD64,
            Optional.empty(),
            Set.of(),
            Ignore.NOTHING,
            AnalysisTest::find);
    assertThat(
            Analysis.of("Dockerfile", "FROM busybox AS build\n".getBytes(UTF_8), q)
                .error()
                .orElseThrow())
        .hasMessage("target stage \"bulid\" could not be found (did you mean build?)");
  }

  @Test
  void commentsAboveAnInstructionSkipRulesForIt() {
    String text = "FROM busybox\n# check=skip=JSONArgsRecommended\nCMD x\nENTRYPOINT y\n";
    assertThat(
            Analysis.of("Dockerfile", text.getBytes(UTF_8), question(Ignore.NOTHING))
                .warnings()
                .stream()
                .map(w -> place(w.lines()))
                .toList())
        .isEqualTo(List.of("4"));
  }

  @Test
  void theClientsChecksReplaceThoseOfTheFile() {
    String text = "# check=skip=all\nFROM busybox as x\nCMD x\n";
    Analysis.Question q =
        new Analysis.Question(
            "",
            true,
            Map.of(),
            AMD64,
            AMD64,
            Optional.of(Directives.Check.parse("skip=FromAsCasing;error=true")),
            Set.of(),
            Ignore.NOTHING,
            AnalysisTest::find);
    Analysis analysis = Analysis.of("Dockerfile", text.getBytes(UTF_8), q);
    assertThat(analysis.warnings().stream().map(Warning::rule).toList())
        .isEqualTo(List.of("JSONArgsRecommended"));
    assertThat(analysis.error().orElseThrow())
        .hasMessage("lint violation found for rules: JSONArgsRecommended");
  }

  @Test
  void namedContextsStandForStagesAndImages() {
    String text =
        "FROM nowhere AS a\nRUN x\nFROM nothing\nCOPY --from=mine /a /b\nCOPY --from=a /a /b\n";
    Analysis.Question q =
        new Analysis.Question(
            "",
            true,
            Map.of(),
            AMD64,
            AMD64,
            Optional.empty(),
            Set.of("a", "nothing", "mine"),
            Ignore.NOTHING,
            AnalysisTest::find);
    assertThat(Analysis.of("Dockerfile", text.getBytes(UTF_8), q).error()).isEmpty();
  }

  @Test
  void triggersOfTheBaseAreLookedAt() {
    Base base =
        new Base(
            AMD64,
            Map.of("PATH", "/bin"),
            List.of("/bin/bash", "-c"),
            "/app",
            List.of("COPY --from=two /a .", "ENV a b"));
    Analysis.Question q =
        new Analysis.Question(
            "",
            true,
            Map.of(),
            AMD64,
            AMD64,
            Optional.empty(),
            Set.of(),
            Ignore.NOTHING,
            (image, platform) -> image.equals("one") ? base : find(image, platform));
    Analysis analysis =
        Analysis.of(
            "Dockerfile",
            "FROM busybox AS two\nFROM one\nCMD x\nRUN --mount=type=cache,target=c x\n"
                .getBytes(UTF_8),
            q);
    assertThat(analysis.error()).isEmpty();
    assertThat(analysis.warnings().stream().map(w -> place(w.lines()) + w.rule()).toList())
        .isEqualTo(List.of("2LegacyKeyValueFormat"));
  }
}
