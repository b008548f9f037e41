package graft.volume;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MountOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "'', 0, 0, ''",
    "defaults, 0, 0, ''",
    "bind, 0x1000, 0, ''",
    "'rbind,ro', 0x5001, 0, ''",
    "'ro,rw', 0, 0, ''",
    "'nosuid,nodev,noexec', 0xe, 0, ''",
    "'size=1m,uid=1000,foo', 0, 0, 'size=1m,uid=1000,foo'",
    "'addr=10.0.0.1,rw,noatime,nolock', 0x400, 0, 'addr=10.0.0.1,nolock'",
    "'bind,rshared', 0x1000, 0x104000, ''",
    "'ro,,size=1', 1, 0, size=1"
  })
  void areWhatTheKernelTakes(String text, String flags, String propagation, String data) {
    assertThat(MountOptions.parse(text))
        .isEqualTo(new MountOptions(Long.decode(flags), Long.decode(propagation), data));
  }

  @ParameterizedTest
  @CsvSource({"'bind,ro', true", "'rbind,ro', true", "ro, false", "bind, false"})
  void aReadOnlyBindNeedsASecondCall(String text, boolean second) {
    assertThat(MountOptions.parse(text).isReadOnlyBind()).isEqualTo(second);
  }
}
