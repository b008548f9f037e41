package graft.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {
  @ParameterizedTest
  @CsvSource({
    "KILL,9",
    "SIGKILL,9",
    "sigterm,15",
    "9,9",
    "RTMIN,34",
    "SIGRTMIN+3,37",
    "RTMAX-1,63",
    "64,64",
    "WINCH,28"
  })
  void byNameOrNumber(String text, int number) {
    assertThat(Signals.number(text)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"FOO", "0", "", "RTMIN+x", "SIG"})
  void nothingElse(String text) {
    assertThatThrownBy(() -> Signals.number(text)).hasMessage("invalid signal: " + text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"65", "-1"})
  void numbersThatAreNone(String text) {
    assertThatThrownBy(() -> Signals.number(text))
        .hasMessage("the linux daemon does not support signal " + text);
  }
}
