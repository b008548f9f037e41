package graft.docker.route;

import graft.error.GraftException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/// Builds on one thread and answers on that of the request, on which alone it can be answered.
final class BuildThread {
  /// Events that wait for a slow client.
  private static final int WAITING = 256;

  /// @param <E> what is told while it works
  interface Work<E, R> {
    R run(Consumer<E> listener) throws IOException, InterruptedException;
  }

  interface Hearer<E> {
    void hear(E event) throws IOException;
  }

  private BuildThread() {}

  /// @param running where the thread can be found by the id, to be interrupted
  /// @param gone is given what is to be done when the client goes away
  static <E, R> R run(
      String id,
      Map<String, Thread> running,
      Work<E, R> work,
      Hearer<E> hearer,
      Consumer<Runnable> gone)
      throws IOException, InterruptedException {
    BlockingQueue<Optional<E>> events = new ArrayBlockingQueue<>(WAITING);
    FutureTask<R> task = new FutureTask<>(() -> work.run(event -> put(events, Optional.of(event))));
    Thread building =
        Thread.ofVirtual()
            .name("build " + id)
            .start(() -> {
              task.run();
              put(events, Optional.empty());
            });
    running.put(id, building);
    gone.accept(building::interrupt);
    try {
      Optional<E> event = events.take();
      while (event.isPresent()) {
        hearer.hear(event.get());
        event = events.take();
      }
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException r -> throw r;
        case IOException io -> throw io;
        case InterruptedException i ->
            throw new GraftException(GraftException.Kind.CANCELLED, "context canceled", i);
        case null, default -> throw new IOException(e.getCause());
      }
    } finally {
      running.remove(id);
      building.interrupt();
      // Who is not heard any more must not be held up.
      while (building.isAlive()) {
        events.clear();
        building.join(Duration.ofMillis(20));
      }
    }
  }

  private static <E> void put(BlockingQueue<Optional<E>> events, Optional<E> event) {
    boolean interrupted = false;
    while (true) {
      try {
        events.put(event);
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
