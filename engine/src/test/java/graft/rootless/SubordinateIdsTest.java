package graft.rootless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import org.junit.jupiter.api.Test;

class SubordinateIdsTest {
  private static final String FILE =
      """
      alice:100000:65536
      bob:200000:1000
      1001:400000:10

      # nonsense
      bob:nonsense:1
      bob:300000:0
      """;

  @Test
  void linesOfTheUserCountByNameAndByNumber() {
    assertThat(SubordinateIds.parse(FILE, "bob", 1001).arguments(1001))
        .containsExactly("0", "1001", "1", "1", "200000", "1000", "1001", "400000", "10");
    assertThat(SubordinateIds.parse(FILE, "alice", 1000).arguments(1000))
        .containsExactly("0", "1000", "1", "1", "100000", "65536");
  }

  @Test
  void whoHasNoneIsToldHowToGetSome() {
    assertThatThrownBy(
            () -> SubordinateIds.parse(FILE, "carol", 1003).orRefuse("/etc/subuid", "carol"))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("user carol has no ids in /etc/subuid")
        .hasMessageContaining(
            "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 carol");
  }
}
