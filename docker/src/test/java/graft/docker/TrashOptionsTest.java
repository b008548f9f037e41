package graft.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.trash.Trash;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrashOptionsTest {
  @ParameterizedTest
  @CsvSource({"0, PT0S", "90s, PT90S", "30m, PT30M", "2h, PT2H", "7d, PT168H"})
  void times(String text, Duration expected) {
    assertThat(TrashOptions.time("trash-time", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1000, 1000", "500m, 524288000", "2G, 2147483648", "1gb, 1073741824"})
  void sizes(String text, long expected) {
    assertThat(TrashOptions.size("trash-size", text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "h", "-1h", "1 h", "1w"})
  void noTimes(String text) {
    assertThatThrownBy(() -> TrashOptions.time("trash-time", text))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("is no time");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "x", "1.5g", "1 g"})
  void noSizes(String text) {
    assertThatThrownBy(() -> TrashOptions.size("trash-size", text))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("is no size");
  }

  @Test
  void theUsualIsLittleAndNotForLong() {
    Trash.Limits usual = TrashOptions.of(Map.of());
    assertThat(usual.time()).isEqualTo(Duration.ofHours(1));
    assertThat(usual.bytes()).isPositive().isLessThanOrEqualTo(1L << 30);
    assertThat(TrashOptions.of(Map.of("trash-size", "0")).bytes()).isZero();
  }
}
