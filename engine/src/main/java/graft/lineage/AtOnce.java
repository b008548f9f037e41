package graft.lineage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Does the same with many things, a few at a time: as many as there are processors, at most four,
/// as each may hold a large layer in memory. Platform threads, since that is work, not waiting:
/// virtual ones would take the processors from those who wait.
final class AtOnce implements AutoCloseable {
  private static final int MOST = 4;

  private final ExecutorService threads;

  interface Work<T> {
    void on(T one) throws IOException;
  }

  /// @param name of the threads
  AtOnce(String name) {
    threads =
        Executors.newFixedThreadPool(
            Math.min(MOST, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().daemon().name(name + "-", 0).factory());
  }

  /// Returns when all are done. The first failure ends it, and what was not begun is left.
  <T> void each(List<T> all, Work<T> work) throws IOException {
    List<Future<?>> begun = new ArrayList<>();
    for (T one : all) {
      begun.add(
          threads.submit(() -> {
            work.on(one);
            return true;
          }));
    }
    try {
      for (Future<?> one : begun) {
        var _ = one.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw new IOException(io.getMessage(), io);
        case RuntimeException wrong -> throw wrong;
        case null, default -> throw new IllegalStateException("not everything was done", e);
      }
    } finally {
      begun.forEach(one -> one.cancel(true));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
