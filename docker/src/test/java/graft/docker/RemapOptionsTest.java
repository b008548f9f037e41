package graft.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RemapOptionsTest {
  @TempDir Path etc;

  @BeforeEach
  void write() throws Exception {
    Files.writeString(
        etc.resolve("passwd"),
        "root:x:0:0::/:/bin/sh\ndockremap:x:900:900::/:\nann:x:1000:1000::/:\nbob:x:1001:1001::/:\n");
    Files.writeString(etc.resolve("group"), "dockremap:x:900:\nann:x:1000:\nteam:x:2000:ann\n");
    Files.writeString(
        etc.resolve("subuid"),
        "# a comment\ndockremap:100000:65536\nann:300000:10\n1000:400000:20\nbob:x:1\nbob:1:0\n");
    Files.writeString(
        etc.resolve("subgid"), "dockremap:100000:65536\nann:300000:30\nteam:600000:65536\n");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"\", /",
        "default, 0:100000:65536/0:100000:65536",
        "900, 0:100000:65536/0:100000:65536",
        "ann, \"0:300000:10,10:400000:20/0:300000:30\"",
        "1000:2000, \"0:300000:10,10:400000:20/0:600000:65536\"",
        "ann:team, \"0:300000:10,10:400000:20/0:600000:65536\""
      })
  void ranges(String value, String ids) throws Exception {
    assertThat(RemapOptions.parse(value, etc)).hasToString(ids);
  }

  @ParameterizedTest
  @CsvSource({
    "carl, there is no carl in",
    "root, there is no range of root in",
    "bob, there is no range of bob in",
    "ann:nobody, there is no nobody in",
    "ann:, neither default nor USER",
    ":ann, neither default nor USER",
    "a:b:c, neither default nor USER"
  })
  void isRefused(String value, String why) {
    assertThatThrownBy(() -> RemapOptions.parse(value, etc))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(why);
  }
}
