package graft.docker.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetachKeysTest {
  /// `^` before a letter stands for control.
  private static String typed(String text) {
    return text.replace("^p", "\020").replace("^q", "\021").replace("^a", "\001");
  }

  @ParameterizedTest
  @CsvSource({
    "'',abc,abc,false",
    "'',ab^p^q,ab,true",
    "'',^px,^px,false",
    "'',^p^p^q,^p,true",
    "'ctrl-a,x',^ax,'',true",
    "x,ax,a,true"
  })
  void passesAllButTheKeys(String keys, String input, String output, boolean detached) {
    DetachKeys detach = DetachKeys.parse(keys);
    StringBuilder out = new StringBuilder();
    boolean left = false;
    for (byte b : typed(input).getBytes(StandardCharsets.ISO_8859_1)) {
      DetachKeys.Passed passed = detach.pass(new byte[] {b}, 1);
      out.append(new String(passed.bytes(), StandardCharsets.ISO_8859_1));
      left |= passed.detached();
    }
    assertThat(left).isEqualTo(detached);
    assertThat(out).hasToString(typed(output));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ctrl-", "ctrl-,", "foo", "ctrl-aa"})
  void refusesOtherWords(String keys) {
    assertThatThrownBy(() -> DetachKeys.parse(keys))
        .hasMessage("Invalid detach keys (" + keys + ") provided");
  }
}
