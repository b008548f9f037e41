package graft.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Dockerfiles and the instructions that are in them. A new expectation is written with
/// `GRAFT_WRITE=1` in the environment, and then read.
class DockerfileTest {
  static List<String> names() throws IOException {
    return Fixtures.names("parse");
  }

  @ParameterizedTest
  @MethodSource("names")
  void isRead(String name) throws IOException {
    List<String> shown =
        Shown.of(Dockerfile.parse("Dockerfile", Fixtures.dockerfile("parse", name)));
    if (System.getenv("GRAFT_WRITE") != null) {
      Path file = Path.of("src/test/resources/graft/build/dockerfile/parse", name + ".expected");
      if (!Files.exists(file)) {
        Files.write(file, shown);
      }
    }
    assertThat(shown).isEqualTo(Fixtures.expected("parse", name));
  }
}
