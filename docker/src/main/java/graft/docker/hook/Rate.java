package graft.docker.hook;

import java.util.function.LongSupplier;

/// A bucket of tokens: so many at once, and one more each second.
final class Rate {
  private static final long MOST = 60;
  private static final long NANOS = 1_000_000_000L;

  private final LongSupplier clock;
  private long since;
  private long left = MOST;

  /// @param clock nanoseconds
  Rate(LongSupplier clock) {
    this.clock = clock;
    this.since = clock.getAsLong();
  }

  synchronized boolean admits() {
    long seconds = (clock.getAsLong() - since) / NANOS;
    since += seconds * NANOS;
    left = Math.min(MOST, left + seconds);
    if (left == 0) {
      return false;
    }
    left--;
    return true;
  }
}
