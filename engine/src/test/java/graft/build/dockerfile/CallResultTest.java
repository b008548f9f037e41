package graft.build.dockerfile;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What `docker build --call=…` and `--call=…,format=json` print with dockerd 28.5.2, byte for
/// byte; without the definition of the source, which is of the session, and with arguments of one
/// line in their order, where dockerd has a new one each time.
class CallResultTest {
  private static final Platform AMD64 = new Platform("linux", "amd64");

  private static Analysis analysis(String target) throws IOException {
    boolean all = target.equals("default");
    return Analysis.of(
        "Dockerfile",
        Fixtures.dockerfile("call", "all"),
        new Analysis.Question(
            all ? "" : target,
            all,
            Map.of("Q", "new"),
            AMD64,
            AMD64,
            Optional.empty(),
            Set.of(),
            Ignore.NOTHING,
            AnalysisTest::find));
  }

  private static String file(String name) throws IOException {
    return Files.readString(Fixtures.directory("call").resolve(name));
  }

  private static void isAsIn(String name, CallResult result) throws IOException {
    // The client ends what it prints with a line end.
    assertThat(result.json() + "\n").isEqualTo(file(name + ".json"));
    assertThat(result.text()).isEqualTo(file(name + ".txt"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "base", "l", "final"})
  void outline(String target) throws IOException {
    Outline outline = analysis(target).outline().orElseThrow();
    isAsIn("outline-" + target, CallResult.outline(outline, Fixtures.dockerfile("call", "all")));
  }

  @Test
  void targets() throws IOException {
    isAsIn(
        "targets",
        CallResult.targets(Dockerfile.parse("Dockerfile", Fixtures.dockerfile("call", "all"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "l"})
  void check(String target) throws IOException {
    CallResult result =
        CallResult.check(analysis(target), "Dockerfile", Fixtures.dockerfile("call", "all"));
    isAsIn("check-" + target, result);
    assertThat(result.failed()).isTrue();
  }

  @Test
  void anErrorIsAResultOfCheck() throws IOException {
    byte[] data = Fixtures.dockerfile("check", "unknown-instruction");
    CallResult result =
        CallResult.check(
            Analysis.of("Dockerfile", data, AnalysisTest.question(Ignore.NOTHING)),
            "Dockerfile",
            data);
    assertThat(result.json())
        .startsWith("{\n  \"warnings\": null,\n")
        .endsWith(
            """
              "buildError": {
                "message": "dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)",
                "location": {
                  "ranges": [
                    {
                      "start": {
                        "line": 2
                      },
                      "end": {
                        "line": 2
                      }
                    }
                  ]
                }
              }
            }\
            """
                .indent(0)
                .stripTrailing());
    assertThat(result.text()).isEmpty();
    assertThat(result.failed()).isTrue();
  }
}
