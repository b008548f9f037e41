package graft.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
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
}
