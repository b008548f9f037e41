package graft.facts;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// Makes what is done in the background step back for what somebody waits for: between two pieces
/// of its work it waits until nobody is busy, but not for ever.
///
/// A low priority of the thread would not do. The collector waits for all threads to come to a safe
/// place, and one that gets no processor does not come there.
final class Courtesy {
  private final Duration longest;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicInteger busy = new AtomicInteger();

  /// @param longest how long one work waits in all
  Courtesy(Duration longest) {
    this.longest = longest;
  }

  void begin() {
    add(1);
  }

  void end() {
    add(-1);
  }

  /// What is wanted may have changed.
  void look() {
    add(0);
  }

  private void add(int n) {
    busy.addAndGet(n);
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Of one work, which calls it between its pieces.
  ///
  /// @param wanted whether somebody waits for this very work by now
  LayerReader.Pace pace(BooleanSupplier wanted) {
    return new LayerReader.Pace() {
      private long left = longest.toNanos();

      @Override
      public void step() throws IOException {
        if (busy.get() > 0) {
          left = await(wanted, left);
        }
      }
    };
  }

  private long await(BooleanSupplier wanted, long nanos) throws IOException {
    lock.lock();
    try {
      long left = nanos;
      while (busy.get() > 0 && left > 0 && !wanted.getAsBoolean()) {
        left = changed.awaitNanos(left);
      }
      return left;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while others were at work");
    } finally {
      lock.unlock();
    }
  }
}
