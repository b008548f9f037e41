package graft.container;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.ImageConfig.Healthcheck;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HealthTest {
  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  private static Healthcheck check(int retries, long startPeriod, String... test) {
    return new Healthcheck(
        List.of(test),
        Duration.ZERO,
        Duration.ZERO,
        Duration.ofSeconds(startPeriod),
        Duration.ZERO,
        retries);
  }

  private static Health.Probe probe(long second, int code) {
    Instant at = START.plusSeconds(second);
    return new Health.Probe(at, at.plusMillis(10), code, "");
  }

  /// `codes` are those of probes a second apart, from the first second on; a code that is no 0 is a
  /// failure, -1 among them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
           0 | 0 |                | STARTING  | 0
           0 | 0 | 0              | HEALTHY   | 0
           0 | 0 | 1              | STARTING  | 1
           0 | 0 | 1 -1           | STARTING  | 2
           0 | 0 | 1 2 -1         | UNHEALTHY | 3
           1 | 0 | 1              | UNHEALTHY | 1
           2 | 0 | 0 1            | HEALTHY   | 1
           2 | 0 | 0 1 1          | UNHEALTHY | 2
           2 | 0 | 1 0 1          | HEALTHY   | 1
           2 | 0 | 1 1 0          | HEALTHY   | 0
           2 | 0 | 1 1 1 1        | UNHEALTHY | 4
           1 | 4 | 1 1 1          | STARTING  | 0
           1 | 4 | 1 1 1 1        | UNHEALTHY | 1
           1 | 4 | 1 0 1          | UNHEALTHY | 1
           2 | 9 | 0 1            | HEALTHY   | 1
          """)
  void whatProbesMakeOfIt(
      int retries, long startPeriod, String codes, Health.Status status, int streak) {
    Health health = Health.STARTING;
    Healthcheck check = check(retries, startPeriod, "CMD", "x");
    String[] all = codes == null ? new String[0] : codes.split(" ");
    for (int i = 0; i < all.length; i++) {
      health = health.after(probe(i + 1, Integer.parseInt(all[i])), check, START);
    }
    assertThat(health.status()).isEqualTo(status);
    assertThat(health.failingStreak()).isEqualTo(streak);
    assertThat(health.log()).hasSize(all.length);
  }

  @Test
  void theLastFiveAreRemembered() {
    Health health = Health.STARTING;
    for (int i = 0; i < 9; i++) {
      health = health.after(probe(i, i), check(0, 0, "CMD", "x"), START);
    }
    assertThat(health.log()).extracting(Health.Probe::code).containsExactly(4, 5, 6, 7, 8);
    assertThat(health.begun().log()).hasSize(5);
    assertThat(health.begun().failingStreak()).isZero();
    assertThat(health.unwatched().failingStreak()).isEqualTo(8);
  }

  /// Start period, interval and start interval in seconds (0: not given), seconds since the start,
  /// whether it was healthy once, and the pause.
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0, 0, false, 30",
    "0, 7, 0, 0, false, 7",
    "10, 7, 0, 3, false, 5",
    "10, 7, 2, 3, false, 2",
    "10, 7, 2, 10, false, 7",
    "10, 7, 2, 3, true, 7",
  })
  void pauses(
      long period, long interval, long startInterval, long since, boolean was, long seconds) {
    Healthcheck check =
        new Healthcheck(
            List.of("CMD", "x"),
            Duration.ofSeconds(interval),
            Duration.ZERO,
            Duration.ofSeconds(period),
            Duration.ofSeconds(startInterval),
            0);
    Health health = was ? Health.STARTING.after(probe(1, 0), check, START) : Health.STARTING;
    assertThat(health.pause(check, START, START.plusSeconds(since)))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void whatIsRun() {
    assertThat(Health.runs(check(0, 0))).isFalse();
    assertThat(Health.runs(check(0, 0, "NONE"))).isFalse();
    assertThat(Health.runs(check(0, 0, "FOO", "x"))).isFalse();
    assertThat(Health.runs(check(0, 0, "CMD", "x"))).isTrue();
    assertThat(Health.command(check(0, 0, "CMD", "a", "b c"), List.of("zsh")))
        .containsExactly("a", "b c");
    assertThat(Health.command(check(0, 0, "CMD-SHELL", "a b"), List.of()))
        .containsExactly("/bin/sh", "-c", "a b");
    assertThat(Health.command(check(0, 0, "CMD-SHELL", "a b"), List.of("/bin/bash", "-ec")))
        .containsExactly("/bin/bash", "-ec", "a b");
    assertThat(Health.timeout(check(0, 0, "CMD", "x"))).isEqualTo(Duration.ofSeconds(30));
  }

  @ParameterizedTest
  @CsvSource({
    "PT30S, 30s",
    "PT1.5S, 1.5s",
    "PT0.3S, 300ms",
    "PT0.0015S, 1.5ms",
    "PT0.0000015S, 1.5µs",
    "PT1M30S, 1m30s",
    "PT1M, 1m0s",
    "PT1H, 1h0m0s",
    "PT25H1M0.25S, 25h1m0.25s"
  })
  void durationsAsGoPrintsThem(Duration duration, String text) {
    assertThat(HealthProbe.goDuration(duration)).isEqualTo(text);
  }

  @Test
  void mergedFieldByField() {
    Healthcheck image =
        new Healthcheck(
            List.of("CMD", "a"),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(4),
            5);
    Healthcheck asked =
        new Healthcheck(
            List.of(), Duration.ofSeconds(9), Duration.ZERO, Duration.ZERO, Duration.ZERO, 7);
    assertThat(Merge.health(Optional.of(asked), Optional.of(image)))
        .contains(
            new Healthcheck(
                List.of("CMD", "a"),
                Duration.ofSeconds(9),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Duration.ofSeconds(4),
                7));
    Healthcheck none = check(0, 0, "NONE");
    assertThat(Merge.health(Optional.of(none), Optional.of(image)).orElseThrow().test())
        .containsExactly("NONE");
    assertThat(Merge.health(Optional.empty(), Optional.of(image))).contains(image);
    assertThat(Merge.health(Optional.of(asked), Optional.empty())).contains(asked);
  }
}
