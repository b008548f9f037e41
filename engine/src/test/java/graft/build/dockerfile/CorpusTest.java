package graft.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Dockerfiles as they are in the world, in the styles of well-known images, with the bases that a
/// test of builds has: `base:1` is a busybox, `debian:1` a minimal Debian. Their context is beside
/// them.
class CorpusTest {
  private static final String CORPUS = "../corpus";
  private static final Platform AMD64 = new Platform("linux", "amd64");

  static List<String> names() throws IOException {
    return Fixtures.names(CORPUS);
  }

  private static Analysis analyse(String name) throws IOException {
    byte[] data = Fixtures.dockerfile(CORPUS, name);
    Ignore ignore =
        Ignore.parse(Files.readString(Fixtures.directory(CORPUS).resolve("context/.dockerignore")));
    return Analysis.of(
        name,
        data,
        new Analysis.Question(
            "",
            false,
            Map.of(),
            AMD64,
            AMD64,
            Optional.empty(),
            Set.of(),
            ignore,
            (image, platform) -> AnalysisTest.BUSYBOX));
  }

  @Test
  void thereAreManyOfThem() throws IOException {
    assertThat(names()).hasSizeGreaterThan(60);
  }

  @ParameterizedTest
  @MethodSource("names")
  void canBeBuilt(String name) throws IOException {
    assertThat(analyse(name).error()).isEmpty();
  }

  @Test
  void dockerWarnsOfTheSame() throws IOException {
    List<String> found = new ArrayList<>();
    for (String name : names()) {
      for (Warning w : analyse(name).warnings()) {
        found.add(name + " " + AnalysisTest.place(w.lines()) + " " + w.rule() + ": " + w.detail());
      }
    }
    assertThat(found).isEqualTo(Fixtures.lines(CORPUS, "warnings.txt"));
  }
}
