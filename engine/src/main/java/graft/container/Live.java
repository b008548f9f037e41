package graft.container;

import graft.runtime.Runtime.Exit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What a container has only while the engine runs: the lock of its life cycle, the clients that
/// wait for its end, and those that attached before it was started.
///
/// `life` guards changes of the container and is held across the I/O of a start or a removal, which
/// is what it is for; it is never held while waiting for a process to end. Everything else is
/// guarded by the monitor of this object, never across I/O.
final class Live {
  private static final int UNKNOWN = -1;

  final ReentrantLock life = new ReentrantLock();

  private int exits;
  private boolean removed;
  private @Nullable Exit last;
  private final List<PendingStreams> pending = new ArrayList<>();
  private boolean restartCancelled;
  private int attempt = UNKNOWN;
  private boolean kept;

  synchronized int exits() {
    return exits;
  }

  synchronized void ended(Exit exit) {
    exits++;
    last = exit;
    notifyAll();
  }

  /// A start that failed counts as an end for those who wait for the next one.
  synchronized void failed(int code) {
    exits++;
    last = new Exit(code, java.time.Instant.now(), false);
    notifyAll();
  }

  synchronized void removed() {
    removed = true;
    notifyAll();
  }

  synchronized boolean isRemoved() {
    return removed;
  }

  /// Blocks until more than `before` runs have ended, or the container is gone.
  synchronized int awaitExitAfter(int before) throws InterruptedException {
    while (exits <= before && !removed) {
      wait();
    }
    return outcome(0);
  }

  /// Blocks for at most `millis` until a run beyond `before` has ended; false if none did.
  synchronized boolean awaitExitAfter(int before, long millis) throws InterruptedException {
    long until = System.nanoTime() + millis * 1_000_000;
    while (exits <= before && !removed) {
      long left = (until - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /// Blocks until the container is gone; `recorded` is the code if no run ended under this engine.
  synchronized int awaitRemoved(int recorded) throws InterruptedException {
    while (!removed) {
      wait();
    }
    return outcome(recorded);
  }

  private int outcome(int otherwise) {
    Exit exit = last;
    return exit == null ? otherwise : exit.code();
  }

  /// Streams that will be joined at the next start.
  synchronized PendingStreams attachAtStart() {
    PendingStreams streams = new PendingStreams();
    pending.add(streams);
    return streams;
  }

  synchronized List<PendingStreams> takePending() {
    List<PendingStreams> taken = List.copyOf(pending);
    pending.clear();
    return taken;
  }

  /// While a restart by hand is under way, the end of the run does not remove the container.
  synchronized void keepOnExit(boolean keep) {
    kept = keep;
  }

  synchronized boolean keptOnExit() {
    return kept;
  }

  /// How many restarts by policy came before the next one, since the last run that lasted.
  ///
  /// @param recorded all of them, which an engine that comes back goes by
  synchronized int restartAttempt(int recorded, java.time.Duration ran) {
    if (Restarts.steady(ran)) {
      attempt = 0;
    } else {
      attempt = attempt == UNKNOWN ? recorded : attempt + 1;
    }
    return attempt;
  }

  /// It was started by hand.
  synchronized void restartsAnew() {
    attempt = UNKNOWN;
  }

  /// Ends the pause before a restart by policy.
  synchronized void cancelRestart() {
    restartCancelled = true;
    notifyAll();
  }

  /// Waits before a restart; false if it was cancelled meanwhile.
  synchronized boolean pauseBeforeRestart(long millis) throws InterruptedException {
    restartCancelled = false;
    long until = System.nanoTime() + millis * 1_000_000;
    while (!restartCancelled && !removed) {
      long left = (until - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return true;
      }
      wait(left);
    }
    return false;
  }

  /// For messages and tests: the last exit, if a run ended under this engine.
  synchronized Optional<Exit> last() {
    return Optional.ofNullable(last);
  }
}
