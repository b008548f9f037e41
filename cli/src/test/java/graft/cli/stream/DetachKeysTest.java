package graft.cli.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetachKeysTest {
  /// P and Q stand for Ctrl-P and Ctrl-Q, bars are between what is read at once.
  @ParameterizedTest
  @CsvSource(
      value = {
        ",abc,abc,false",
        ",PQ,'',true",
        ",aPQb,a,true",
        ",P|Q,'',true",
        ",Px,Px,false",
        ",PPQ,P,true",
        ",Q,Q,false",
        "'x,y',axy,a,true",
        "'x,y',axzy,axzy,false",
        "ctrl-p,aP,a,true"
      })
  void holdsBackOnlyWhatBelongsToThem(String keys, String typed, String passed, boolean complete) {
    DetachKeys detach = DetachKeys.of(keys == null ? "" : keys);
    StringBuilder out = new StringBuilder();
    for (String part : typed.split("\\|")) {
      byte[] bytes = control(part).getBytes(StandardCharsets.ISO_8859_1);
      out.append(new String(detach.pass(bytes, bytes.length), StandardCharsets.ISO_8859_1));
    }
    assertThat(out.toString()).isEqualTo(control(passed));
    assertThat(detach.complete()).isEqualTo(complete);
  }

  private static String control(String text) {
    return text.replace('P', (char) 16).replace('Q', (char) 17);
  }

  @ParameterizedTest
  @CsvSource({"ctrl-,", "ctrl-1", "long"})
  void refusesOtherKeys(String keys) {
    assertThatThrownBy(() -> DetachKeys.of(keys)).hasMessageContaining("--detach-keys");
  }
}
