package graft.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.Settings;
import graft.oci.Json;
import graft.oci.SettingsBuilder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChangesTest {
  private static final String BASE =
      """
      {"User":"u","Env":["PATH=/bin","A=old"],"Entrypoint":["/e"],"Cmd":["c"],"WorkingDir":"/w",
       "Labels":{"l":"1"},"ExposedPorts":{"1/tcp":{}}}
      """;

  private static ObjectNode json(String text) {
    return Json.object(text.getBytes(StandardCharsets.UTF_8), "test");
  }

  private static Settings apply(String... changes) {
    return Changes.apply(Changes.parse(List.of(changes)), ImageConfig.settings(json(BASE)));
  }

  /// The instruction and what it leaves in the config, as one field of Docker's JSON.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          CMD ["a", "b c"]                     | Cmd         | ["a","b c"]
          CMD []                               | Cmd         | []
          CMD echo  "hi"                       | Cmd         | ["/bin/sh","-c","echo  \\"hi\\""]
          CMD ["a" "b"]                        | Cmd         | ["/bin/sh","-c","[\\"a\\" \\"b\\"]"]
          CMD ["a"] x                          | Cmd         | ["/bin/sh","-c","[\\"a\\"] x"]
          cmd true                             | Cmd         | ["/bin/sh","-c","true"]
          ENTRYPOINT ["/x"]                    | Entrypoint  | ["/x"]
          ENTRYPOINT ["/x"]                    | Cmd         | none
          ENTRYPOINT x y                       | Entrypoint  | ["/bin/sh","-c","x y"]
          ENTRYPOINT []                        | Entrypoint  | none
          ENV B=1 C="2 3" D='4 5' E=6\\ 7      | Env         | ["PATH=/bin","A=old","B=1","C=2 3","D=4 5","E=6 7"]
          ENV A new value                      | Env         | ["PATH=/bin","A=new value"]
          ENV A=                               | Env         | ["PATH=/bin","A="]
          ENV PATH=$PATH:/x                    | Env         | ["PATH=/bin:/x","A=old"]
          ENV A=1 B=$A                         | Env         | ["PATH=/bin","A=1","B=old"]
          ENV B=${A}c C=${N:-d} D=${A:+e}      | Env         | ["PATH=/bin","A=old","B=oldc","C=d","D=e"]
          ENV B='$A' C="$A" D=\\$A             | Env         | ["PATH=/bin","A=old","B=$A","C=old","D=$A"]
          EXPOSE 80 53/UDP 90-91/tcp           | ExposedPorts | {"1/tcp":{},"53/udp":{},"80/tcp":{},"90/tcp":{},"91/tcp":{}}
          LABEL a=b "c d"="e f"                | Labels      | {"a":"b","c d":"e f","l":"1"}
          LABEL l                     2        | Labels      | {"l":"2"}
          HEALTHCHECK NONE                     | Healthcheck | {"Test":["NONE"]}
          HEALTHCHECK CMD curl x               | Healthcheck | {"Test":["CMD-SHELL","curl x"]}
          HEALTHCHECK CMD ["a","b"]            | Healthcheck | {"Test":["CMD","a","b"]}
          HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0 --start-interval=5ms --retries=3 CMD x | Healthcheck | {"Test":["CMD-SHELL","x"],"Interval":90000000000,"Timeout":1500000000,"StartInterval":5000000,"Retries":3}
          ONBUILD RUN x y                      | OnBuild     | ["RUN x y"]
          STOPSIGNAL SIGRTMIN+3                | StopSignal  | "SIGRTMIN+3"
          STOPSIGNAL 9                         | StopSignal  | "9"
          USER $A:1                            | User        | "old:1"
          VOLUME /a /b                         | Volumes     | {"/a":{},"/b":{}}
          VOLUME ["/a b","/c"]                 | Volumes     | {"/a b":{},"/c":{}}
          WORKDIR /x/../y                      | WorkingDir  | "/y"
          WORKDIR sub/./dir                    | WorkingDir  | "/w/sub/dir"
          WORKDIR ../../..                     | WorkingDir  | "/"
          """)
  void changes(String instruction, String field, String expected) throws Exception {
    ObjectNode config = json(BASE);
    SettingsBuilder.write(apply(instruction), config);
    if (expected.equals("none")) {
      assertThat(config.has(field)).isFalse();
    } else {
      assertThat(config.get(field).toString()).isEqualTo(Json.MAPPER.readTree(expected).toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          RUN x               | RUN is not a valid change command
          FROM a              | FROM is not a valid change command
          copy a b            | copy is not a valid change command
          ENV                 | ENV requires at least one argument
          ENV A               | ENV must have two arguments
          ENV A=1 B           | can't find = in "B"
          ENV =1              | ENV names can not be blank
          ENV A="x            | looking for matching double quote
          ENV A='x            | looking for matching single quote
          ENV A=${x           | looking for matching brace
          ENV A=${x:-y        | looking for matching brace
          ENV A=${x:?y}       | unsupported modifier
          LABEL               | LABEL requires at least one argument
          EXPOSE              | EXPOSE requires at least one argument
          EXPOSE x            | invalid containerPort: x
          EXPOSE 99999        | invalid containerPort: 99999
          EXPOSE 9-8          | invalid containerPort: 9-8
          EXPOSE 9/xyz        | invalid proto: xyz
          USER                | USER requires exactly one argument
          WORKDIR             | WORKDIR requires exactly one argument
          STOPSIGNAL a b      | Invalid signal: a b
          VOLUME              | VOLUME requires at least one argument
          VOLUME [""]         | VOLUME specified can not be an empty string
          ENTRYPOINT          | ENTRYPOINT requires at least one argument
          HEALTHCHECK         | HEALTHCHECK requires at least one argument
          HEALTHCHECK X y     | Unknown type "X" in HEALTHCHECK (try CMD)
          HEALTHCHECK NONE x  | HEALTHCHECK NONE takes no arguments
          HEALTHCHECK CMD     | Missing command after HEALTHCHECK CMD
          HEALTHCHECK --interval=1 CMD x     | invalid duration "1"
          HEALTHCHECK --interval=1us CMD x   | Interval "interval" cannot be less than 1ms
          HEALTHCHECK --interval=9999999999h CMD x | invalid duration
          HEALTHCHECK --retries=-1 CMD x     | --retries must be a number
          HEALTHCHECK --foo=1 CMD x          | unknown flag: --foo=1
          ONBUILD             | ONBUILD requires at least one argument
          ONBUILD FROM x      | FROM isn't allowed as an ONBUILD trigger
          ONBUILD ONBUILD x   | Chaining ONBUILD
          """)
  void refusals(String instruction, String message) {
    assertThatThrownBy(() -> apply(instruction))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID))
        .hasMessageContaining(message);
  }

  @Test
  void severalLinesCommentsAndContinuations() {
    Settings s =
        apply("ENV B=1\n# a comment\n\nENV C=2 \\\n  D=3", "CMD [\"x\"]", "ENTRYPOINT [\"y\"]");
    assertThat(s.env()).containsExactly("PATH=/bin", "A=old", "B=1", "C=2", "D=3");
    // A command that was set along with the entrypoint is meant for it.
    assertThat(s.cmd()).contains(List.of("x"));
    assertThat(s.entrypoint()).contains(List.of("y"));
  }

  @Test
  void theShellOfTheImageIsUsed() {
    Settings s =
        Changes.apply(
            Changes.parse(List.of("CMD a b")),
            ImageConfig.settings(json("{\"Shell\":[\"/bin/bash\",\"-c\"]}")));
    assertThat(s.cmd()).contains(List.of("/bin/bash", "-c", "a b"));
  }

  @Test
  void nothingChangesNothing() {
    assertThat(apply()).isEqualTo(ImageConfig.settings(json(BASE)));
    ObjectNode config = json(BASE);
    SettingsBuilder.write(apply("", "   ", "# x"), config);
    assertThat(config).isEqualTo(json(BASE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Cmd\":null,\"Entrypoint\":null,\"Labels\":null,\"Volumes\":null,\"Env\":null}",
        "{\"Hostname\":\"h\",\"Tty\":false,\"Cmd\":[]}"
      })
  void whatIsNotChangedStaysAsItWasWritten(String text) {
    ObjectNode config = json(text);
    SettingsBuilder.write(ImageConfig.settings(config), config);
    assertThat(config).isEqualTo(json(text));
  }
}
