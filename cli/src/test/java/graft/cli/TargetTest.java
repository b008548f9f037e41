package graft.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetTest {
  private static Target target(String words) {
    Map<String, String> variables = new HashMap<>();
    Deque<String> options = new ArrayDeque<>();
    for (String word : words.split(" +")) {
      if (word.startsWith("-") || word.indexOf('=') < 0) {
        options.add(word);
      } else {
        variables.put(word.substring(0, word.indexOf('=')), word.substring(word.indexOf('=') + 1));
      }
    }
    Target target = new Target(variables);
    while (!options.isEmpty()) {
      assertThat(target.takes(options.pop(), options)).isTrue();
    }
    return target;
  }

  /// Variables and options, the host, the directory of the certificate.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "A=b | unix:///run/graft.sock | ~/.docker",
        "GRAFT_HOST=tcp://g | tcp://g:2376 | ~/.docker",
        "GRAFT_HOST=tcp://g -H tcp://o:1 | tcp://o:1 | ~/.docker",
        "GRAFT_HOST=tcp://g --host=unix:///s | unix:///s | ~/.docker",
        "GRAFT_HOST=tcp://g GRAFT_CERT_PATH=/c | tcp://g:2376 | /c",
        "GRAFT_HOST=tcp://g GRAFT_CERT_PATH=/c --tlscert /o/cert.pem | tcp://g:2376 | /o",
        "DOCKER_HOST=tcp://d DOCKER_CERT_PATH=/d | unix:///run/graft.sock | ~/.docker",
        "GRAFT_HOST= | unix:///run/graft.sock | ~/.docker",
      })
  void optionsThenVariablesThenTheUsual(String words, String host, String directory) {
    Target target = target(words);
    assertThat(target.host()).hasToString(host);
    assertThat(target.files().certificate())
        .isEqualTo(Path.of(directory.replace("~", System.getProperty("user.home")), "cert.pem"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GRAFT_HOST=http://x | the host \"http://x\" is not of the form unix:///path/to/socket or"
            + " tcp://name:port: only these two kinds are known",
        "--host | the option --host needs a value",
        "-H tcp://x --tlsverify=false | cannot reach tcp://x:2376 unverified: graft speaks to TCP"
            + " hosts by TLS with certificates on both sides only",
      })
  void refusalsSayWhatToDo(String words, String refusal) {
    assertThatThrownBy(() -> target(words).engine()).hasMessage(refusal);
  }

  @ParameterizedTest
  @CsvSource({"--nothing", "-x", "--hosts=x"})
  void otherOptionsAreNotItsOwn(String word) {
    assertThat(new Target(Map.of()).takes(word, new ArrayDeque<>(List.of()))).isFalse();
  }
}
