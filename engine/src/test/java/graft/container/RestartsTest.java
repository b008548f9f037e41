package graft.container;

import static org.assertj.core.api.Assertions.assertThat;

import graft.container.ContainerSpec.Restart;
import graft.container.ContainerSpec.RestartPolicy;
import graft.oci.Digest;
import graft.runtime.Runtime.Exit;
import graft.runtime.Spec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RestartsTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");

  private static Container container(
      Restart policy, int most, int code, int restarts, boolean stopped) {
    return new Container(
        "0123456789abcdef".repeat(4),
        "c",
        T0,
        Digest.of(new byte[] {1}),
        "i",
        List.of(),
        ContainerSpec.DEFAULT.with(Spec.Resources.NONE, new RestartPolicy(policy, most)),
        List.of(),
        new State.Exited(T0, new Exit(code, T0, false), ""),
        restarts,
        stopped,
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  /// Policy, its limit, exit code, restarts so far, stopped by hand; whether it starts again at its
  /// end, and when an engine that comes back finds it so.
  @ParameterizedTest
  @CsvSource({
    "NO,             0, 1, 0, false, false, false",
    "NO,             0, 0, 0, false, false, false",
    "ALWAYS,         0, 0, 0, false, true,  true",
    "ALWAYS,         0, 1, 9, false, true,  true",
    "ALWAYS,         0, 0, 0, true,  false, true",
    "UNLESS_STOPPED, 0, 0, 0, false, true,  true",
    "UNLESS_STOPPED, 0, 0, 0, true,  false, false",
    "ON_FAILURE,     0, 0, 0, false, false, false",
    "ON_FAILURE,     0, 1, 9, false, true,  true",
    "ON_FAILURE,     2, 1, 1, false, true,  true",
    "ON_FAILURE,     2, 1, 2, false, false, false",
    "ON_FAILURE,     2, 0, 0, false, false, false",
    "ON_FAILURE,     0, 137, 0, true, false, false",
  })
  void whoStartsAgain(
      Restart policy,
      int most,
      int code,
      int restarts,
      boolean stopped,
      boolean atEnd,
      boolean byNewEngine) {
    Container c = container(policy, most, code, restarts, stopped);
    assertThat(Restarts.wanted(c, new Exit(code, T0, false))).isEqualTo(atEnd);
    assertThat(Restarts.wantedByNewEngine(c)).isEqualTo(byNewEngine);
  }

  @Test
  void pausesDoubleUntilARunLasts() {
    Live live = new Live();
    Duration brief = Duration.ofSeconds(1);
    Duration steady = Duration.ofSeconds(10);
    List<Long> pauses =
        List.of(brief, brief, brief, steady, brief, brief).stream()
            .map(ran -> Restarts.pause(live.restartAttempt(0, ran)).toMillis())
            .toList();
    assertThat(pauses).containsExactly(100L, 200L, 400L, 100L, 200L, 400L);
    assertThat(Restarts.pause(40)).isEqualTo(Duration.ofMinutes(1));
    // An engine that comes back goes on where the one before was.
    assertThat(new Live().restartAttempt(5, brief)).isEqualTo(5);
    live.restartsAnew();
    assertThat(live.restartAttempt(0, brief)).isZero();
  }
}
