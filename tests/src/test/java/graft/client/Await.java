package graft.client;

import java.util.concurrent.Callable;

/// Waits for what another process does.
final class Await {
  private static final int TRIES = 2400;
  private static final int PAUSE = 50;

  private Await() {}

  /// Returns once the condition holds.
  ///
  /// @param what it is that should come to be, for the message if it does not
  static void until(String what, Callable<Boolean> condition) throws Exception {
    for (int i = 0; i < TRIES; i++) {
      if (condition.call()) {
        return;
      }
      Thread.sleep(PAUSE);
    }
    throw new AssertionError("it did not come to be: " + what);
  }
}
