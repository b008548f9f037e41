package graft.registry;

import graft.error.GraftException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/// Tries again what may go better the next time: a bounded number of tries in a bounded time, with
/// growing pauses that differ from client to client.
final class Retry {
  private static final int TRIES = 6;
  private static final Duration TOTAL = Duration.ofMinutes(2);
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final long FIRST_MILLIS = 200;
  private final Pause pause;

  interface Attempt<T> {
    T run() throws IOException;
  }

  Retry(Pause pause) {
    this.pause = pause;
  }

  <T> T run(Attempt<T> attempt) throws IOException {
    Budget budget = budget();
    while (true) {
      try {
        return attempt.run();
      } catch (RequestFailed e) {
        budget.spend(e);
      }
    }
  }

  Budget budget() {
    return new Budget();
  }

  /// The tries and the time that are left for one thing.
  final class Budget {
    private int tries = 1;
    private Instant since = pause.now();

    /// Sleeps until the next try, or throws the failure if there is none.
    void spend(RequestFailed e) throws RequestFailed {
      if (!e.again() || tries >= TRIES) {
        throw e;
      }
      long millis = FIRST_MILLIS << tries;
      Duration wait = Duration.ofMillis(ThreadLocalRandom.current().nextLong(millis / 2, millis));
      if (e.after().isPresent()) {
        wait = e.after().get();
      }
      if (wait.compareTo(LONGEST) > 0 || since.plus(TOTAL).isBefore(pause.now().plus(wait))) {
        throw e;
      }
      tries++;
      try {
        pause.sleep(wait);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new GraftException(
            GraftException.Kind.CANCELLED, "cancelled while waiting for the registry", interrupted);
      }
    }

    /// Something moved: all tries are there again.
    void renew() {
      tries = 1;
      since = pause.now();
    }
  }
}
