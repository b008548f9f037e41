package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Digest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// When registries are asked.
class PollTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final Digest ONE = Digest.of(new byte[] {1});

  private static Poll every(Duration time) {
    return Poll.never("a:1").with(Optional.of(time), Optional.of(ONE), Optional.of(NOW));
  }

  private static long minutes(Poll poll) {
    return Duration.between(NOW, poll.next().orElseThrow()).toMinutes();
  }

  @Test
  void afterAnAnswerTheWholeTimeATenthMoreOrLess() {
    Poll poll = every(Duration.ofMinutes(100));
    assertThat(minutes(poll.answered(NOW, ONE, 0))).isEqualTo(90);
    assertThat(minutes(poll.answered(NOW, ONE, 0.5))).isEqualTo(100);
    assertThat(minutes(poll.answered(NOW, ONE, 1))).isEqualTo(110);
    assertThat(poll.due(NOW)).isTrue();
    assertThat(poll.answered(NOW, ONE, 0).due(NOW.plus(Duration.ofMinutes(89)))).isFalse();
  }

  @Test
  void afterFailuresLongerAndLongerUpToTheWholeTime() {
    List<Long> pauses = new ArrayList<>();
    Poll poll = every(Duration.ofMinutes(20));
    for (int i = 0; i < 7; i++) {
      poll = poll.failed(NOW, "down", false, 0.5);
      pauses.add(minutes(poll));
    }
    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L, 20L, 20L);
    assertThat(poll.failures()).isEqualTo(7);
    assertThat(poll.taken()).contains(ONE);
    assertThat(poll.answered(NOW, ONE, 0.5).failures()).isZero();
    assertThat(poll.answered(NOW, ONE, 0.5).trouble()).isEmpty();
    assertThat(minutes(every(Duration.ofMinutes(20)).failed(NOW, "no", true, 0.5))).isEqualTo(20);
  }

  @Test
  void withoutAnIntervalOnlyWhenAskedForAndForAnHourAfterFailures() {
    Poll poll = Poll.never("a:1");
    assertThat(poll.due(NOW)).isFalse();
    assertThat(poll.answered(NOW, ONE, 0.5).next()).isEmpty();
    assertThat(poll.failed(NOW, "no", true, 0.5).next()).isEmpty();
    int tries = 0;
    poll = poll.soon(NOW);
    while (poll.next().isPresent()) {
      poll = poll.failed(NOW, "down", false, 0.5);
      tries++;
    }
    assertThat(tries).isEqualTo(7);
  }

  @Test
  void whoAsksForItAgainAndAgainWaits() {
    Poll poll = every(Duration.ofHours(1)).answered(NOW, ONE, 0.5);
    Poll soon = poll.soon(NOW.plusSeconds(3));
    assertThat(soon.next()).contains(NOW.plusSeconds(10));
    assertThat(soon.soon(NOW.plusSeconds(4)).next()).contains(NOW.plusSeconds(10));
    assertThat(poll.soon(NOW.plusSeconds(60)).next()).contains(NOW.plusSeconds(60));
  }
}
