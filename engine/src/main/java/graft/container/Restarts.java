package graft.container;

import graft.runtime.Runtime.Exit;
import java.time.Duration;

/// Whether and when a container starts again by itself. Pure.
///
/// The pauses are Docker's: 100 ms, doubled at each start, a minute at most; a run of ten seconds
/// begins the count anew.
final class Restarts {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final Duration STEADY = Duration.ofSeconds(10);
  private static final int MOST_DOUBLINGS = 10;

  private Restarts() {}

  static boolean wanted(Container c, Exit exit) {
    if (c.stoppedByUser()) {
      return false;
    }
    ContainerSpec.RestartPolicy policy = c.spec().restart();
    return switch (policy.name()) {
      case NO -> false;
      case ALWAYS, UNLESS_STOPPED -> true;
      case ON_FAILURE ->
          exit.code() != 0
              && (policy.maximumRetries() == 0 || c.restarts() < policy.maximumRetries());
    };
  }

  /// Of one that has exited, when a new engine finds it: `always` whatever happened,
  /// `unless-stopped` unless somebody stopped it, `on-failure` if it failed by itself and has
  /// retries left.
  static boolean wantedByNewEngine(Container c) {
    return switch (c.spec().restart().name()) {
      case ALWAYS -> true;
      case UNLESS_STOPPED -> !c.stoppedByUser();
      case NO -> false;
      case ON_FAILURE -> c.state() instanceof State.Exited e && wanted(c, e.exit());
    };
  }

  /// Whether a run lasted long enough for the pauses to begin anew.
  static boolean steady(Duration ran) {
    return ran.compareTo(STEADY) >= 0;
  }

  static Duration pause(int attempt) {
    Duration pause = FIRST.multipliedBy(1L << Math.min(attempt, MOST_DOUBLINGS));
    return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
  }
}
