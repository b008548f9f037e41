package graft.docker.buildkit.grpc;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Between grpc-java's callbacks and a thread that blocks: what has come, whether more may be
/// written, and how it ended.
final class Inbox<T> {
  /// Messages that may come before they are asked for: with the largest of files, half a megabyte.
  static final int AHEAD = 16;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<T> messages = new ArrayDeque<>();
  private boolean ended;
  private boolean closed;
  private @Nullable Failure failure;

  void add(T message) {
    change(() -> messages.add(message));
  }

  void ready() {
    change(() -> {});
  }

  void end() {
    change(() -> ended = true);
  }

  /// Nothing comes any more, and nothing is read.
  void close() {
    change(() -> {
      ended = true;
      closed = true;
    });
  }

  void fail(Failure cause) {
    change(() -> {
      if (failure == null) {
        failure = cause;
      }
    });
  }

  private void change(Runnable what) {
    lock.lock();
    try {
      what.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The next message; empty at the end.
  Optional<T> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        T next = messages.poll();
        if (next != null) {
          return Optional.of(next);
        }
        check();
        if (ended) {
          return Optional.empty();
        }
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Until something may be written.
  void awaitReady(BooleanSupplier ready) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (true) {
        check();
        if (closed) {
          throw Failure.of(Failure.Code.CANCELLED, "the other side has ended the call");
        }
        if (ready.getAsBoolean()) {
          return;
        }
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void check() {
    Failure cause = failure;
    if (cause != null) {
      throw Failure.of(cause.status());
    }
  }
}
