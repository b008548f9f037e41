package graft.container;

import graft.oci.ImageConfig.Healthcheck;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// How a container with a health check does: a value, and the rules by which it changes. They are
/// those of moby v28.5.2 (daemon/health.go): what counts is the last answer, and failures in a row;
/// failures of a container that has never been healthy do not count while it may still be starting.
///
/// @param failingStreak failures since the last success
/// @param log the last five probes, the oldest first
public record Health(Status status, int failingStreak, List<Probe> log) {
  public enum Status {
    STARTING,
    HEALTHY,
    UNHEALTHY
  }

  /// One run of the check. `code` is that of the command, or -1 where it did not come to an end;
  /// `output` is what it wrote, or why it did not.
  public record Probe(Instant start, Instant end, int code, String output) {}

  private static final int REMEMBERED = 5;
  private static final Duration INTERVAL = Duration.ofSeconds(30);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Duration START_INTERVAL = Duration.ofSeconds(5);
  private static final int RETRIES = 3;

  static final Health STARTING = new Health(Status.STARTING, 0, List.of());

  public Health {
    log = List.copyOf(log);
  }

  /// Whether there is anything to run: no check, `NONE` and words that Docker does not know are
  /// none.
  static boolean runs(Healthcheck check) {
    return !check.test().isEmpty()
        && (check.test().getFirst().equals("CMD") || check.test().getFirst().equals("CMD-SHELL"));
  }

  /// The program and its arguments.
  ///
  /// @param shell what `CMD-SHELL` is given to; empty for the usual one
  static List<String> command(Healthcheck check, List<String> shell) {
    List<String> words = new ArrayList<>();
    if (check.test().getFirst().equals("CMD-SHELL")) {
      words.addAll(shell.isEmpty() ? List.of("/bin/sh", "-c") : shell);
    }
    words.addAll(check.test().subList(1, check.test().size()));
    return words;
  }

  static Duration timeout(Healthcheck check) {
    return or(check.timeout(), TIMEOUT);
  }

  private static Duration or(Duration asked, Duration otherwise) {
    return asked.isZero() ? otherwise : asked;
  }

  /// At the start of another run; what was seen of the last one can still be read.
  Health begun() {
    return new Health(Status.STARTING, 0, log);
  }

  /// Nobody looks any more, because it was paused or has ended.
  Health unwatched() {
    return new Health(Status.UNHEALTHY, failingStreak, log);
  }

  /// After one more probe of a container that runs since `started`.
  Health after(Probe probe, Healthcheck check, Instant started) {
    List<Probe> last = new ArrayList<>(log);
    last.add(probe);
    if (last.size() > REMEMBERED) {
      last.removeFirst();
    }
    if (probe.code() == 0) {
      return new Health(Status.HEALTHY, 0, last);
    }
    boolean excused =
        status == Status.STARTING && probe.start().isBefore(started.plus(check.startPeriod()));
    if (excused) {
      return new Health(status, failingStreak, last);
    }
    int streak = failingStreak + 1;
    int most = check.retries() > 0 ? check.retries() : RETRIES;
    return new Health(streak >= most ? Status.UNHEALTHY : status, streak, last);
  }

  /// How long to wait for the next probe, counted from the end of the one before.
  Duration pause(Healthcheck check, Instant started, Instant now) {
    boolean young = now.isBefore(started.plus(check.startPeriod()));
    return young && status == Status.STARTING
        ? or(check.startInterval(), START_INTERVAL)
        : or(check.interval(), INTERVAL);
  }
}
