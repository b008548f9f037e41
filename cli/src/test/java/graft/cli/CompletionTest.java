package graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The script in a real bash, with a `graft` that knows two containers and two images.
class CompletionTest {
  @TempDir Path dir;

  private static String script(String shell) {
    PrintStream out = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      assertThat(Main.run(new Target(java.util.Map.of()), java.util.List.of("completion", shell)))
          .isZero();
    } finally {
      System.setOut(out);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private String complete(String line) throws IOException, InterruptedException {
    Path file = dir.resolve("completion.bash");
    Files.writeString(file, script("bash"));
    String bash =
        """
        graft() {
          case $1 in
            ps) printf '%s\\n' web work ;;
            images) printf '%s\\n' busybox:1 busybox:2 'host:5000/a:x' ;;
            volume) echo data ;;
          esac
        }
        . "$1"
        COMP_LINE=$2 COMP_POINT=${#2}
        # Bash itself cuts words at colons and equals signs too.
        read -ra COMP_WORDS <<<"${2//:/ : }"
        [[ $2 == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _graft
        printf '%s ' "${COMPREPLY[@]}"
        """;
    Process process =
        new ProcessBuilder("bash", "-c", bash, "bash", file.toString(), line)
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.strip();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "graft ru ~ run",
        "graft la ~ layers",
        "graft -H unix:///x pus ~ push",
        "graft volume r ~ rm",
        "graft container pru ~ prune",
        "graft stop w ~ web work",
        "graft stop web wo ~ work",
        "graft logs --ta ~ --tail",
        "graft logs --tail 5 w ~ web work",
        "graft container ls --no ~ --no-trunc",
        "graft volume rm d ~ data",
        "graft rmi busybox: ~ 1 2",
        "graft tree host:5 ~ 5000/a:x",
        "graft tree host:5000/ ~ 5000/a:x",
        "graft completion f ~ fish",
        "graft --h ~ --host --help"
      })
  void completesInBash(String line, String expected) throws Exception {
    assertThat(complete(line)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"bash,bash -n", "zsh,zsh -n", "fish,fish -n"})
  void isValid(String shell, String check) throws Exception {
    Path file = dir.resolve(shell);
    Files.writeString(file, script(shell));
    boolean there =
        new ProcessBuilder("sh", "-c", "command -v " + shell)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0;
    org.junit.jupiter.api.Assumptions.assumeTrue(there, "there is no " + shell);
    assertThat(new ProcessBuilder("sh", "-c", check + " " + file).inheritIO().start().waitFor())
        .isZero();
  }
}
