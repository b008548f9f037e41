package graft.docker.buildkit.session;

import graft.error.GraftException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Things by the names their clients gave them, to be waited for: what comes over one stream may
/// name what has yet to come over another.
public final class Waiting<T> {
  private final String noun;
  private final int most;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition added = lock.newCondition();
  private final Map<String, T> all = new HashMap<>();

  /// @param noun what they are, for messages
  /// @param most how many there may be at once
  public Waiting(String noun, int most) {
    this.noun = noun;
    this.most = most;
  }

  public void add(String name, T value) {
    if (name.isEmpty() || name.length() > 256) {
      throw GraftException.invalid("a " + noun + " has to have a name of at most 256 characters");
    }
    lock.lock();
    try {
      if (all.size() >= most) {
        throw new GraftException(
            GraftException.Kind.UNAVAILABLE,
            "there are " + most + " of what a client may open as a " + noun + "; try again later");
      }
      if (all.putIfAbsent(name, value) != null) {
        throw GraftException.conflict("the " + noun + " " + name + " exists");
      }
      added.signalAll();
    } finally {
      lock.unlock();
    }
  }

  public void remove(String name, T value) {
    lock.lock();
    try {
      all.remove(name, value);
    } finally {
      lock.unlock();
    }
  }

  /// If it is here already.
  public Optional<T> find(String name) {
    lock.lock();
    try {
      return Optional.ofNullable(all.get(name));
    } finally {
      lock.unlock();
    }
  }

  /// NOT_FOUND if it does not come in time.
  public T await(String name, Duration patience) throws InterruptedException {
    long left = patience.toNanos();
    lock.lockInterruptibly();
    try {
      while (true) {
        T found = all.get(name);
        if (found != null) {
          return found;
        }
        if (left <= 0) {
          throw GraftException.notFound("no such " + noun + ": " + name);
        }
        left = added.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }
}
