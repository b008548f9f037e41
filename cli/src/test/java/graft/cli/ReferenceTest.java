package graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// `docs/reference.md` is what the tables say. To make it again: `mvn -pl cli -am test
/// -Dtest=ReferenceTest -Dgraft.write=true -Dsurefire.failIfNoSpecifiedTests=false`.
class ReferenceTest {
  private static final Path FILE = Path.of("../docs/reference.md");

  @Test
  void isNotStale() throws IOException {
    String text = Reference.text().stripTrailing() + "\n";
    if (Boolean.getBoolean("graft.write")) {
      Files.writeString(FILE, text);
    }
    assertThat(Files.readString(FILE)).isEqualTo(text);
  }
}
