package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FixTest {
  @ParameterizedTest
  @ValueSource(strings = {"root", "0", "1000:1000", "www-data", "a.b_c:d-e"})
  void usersThatAStepIsGivenAfter(String user) {
    assertThat(Fix.isUser(user)).isTrue();
  }

  /// An image may be a stranger's, and what it calls its user is written into a Dockerfile.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "root\nCOPY --from=private / /",
        "root\rRUN true",
        "a b",
        "$USER",
        "${X}",
        "root\\",
        "a:b:c",
        "root\n"
      })
  void whatIsNoUser(String user) {
    assertThat(Fix.isUser(user)).isFalse();
  }
}
