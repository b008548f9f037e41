package graft.event;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The bus. It remembers the last 256 events (as dockerd does) and hands new ones to whoever
/// listens. Publishing never blocks: a listener that does not keep up within 10,000 events is cut
/// off.
public final class Events {
  private static final int REMEMBERED = 256;
  private static final int PENDING = 10_000;

  private final Deque<Event> ring = new ArrayDeque<>();
  private final List<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  public void publish(Event.Type type, String action, String id, Map<String, String> attributes) {
    publish(new Event(type, action, id, attributes, Instant.now()));
  }

  public void publish(Event event) {
    synchronized (ring) {
      ring.addLast(event);
      if (ring.size() > REMEMBERED) {
        ring.removeFirst();
      }
      // Inside the lock so that a listener that was given the past misses nothing and hears nothing
      // twice; offering to a queue does not block.
      for (Subscription s : subscriptions) {
        s.offer(event);
      }
    }
  }

  /// Listens from now on; with `past`, also to what is remembered.
  public Subscription subscribe(boolean past) {
    synchronized (ring) {
      Subscription s = new Subscription(past ? new ArrayList<>(ring) : List.of());
      subscriptions.add(s);
      return s;
    }
  }

  /// One listener. Close it when done.
  public final class Subscription implements AutoCloseable {
    private final BlockingQueue<Event> queue = new LinkedBlockingQueue<>();
    private final List<Event> past;
    private volatile boolean cut;

    private Subscription(List<Event> past) {
      this.past = List.copyOf(past);
    }

    /// What was remembered when the subscription began.
    public List<Event> past() {
      return past;
    }

    private void offer(Event event) {
      if (queue.size() >= PENDING) {
        cut = true;
      } else {
        queue.add(event);
      }
    }

    /// The next event, or empty after `millis`. Throws IllegalStateException once cut off.
    public Optional<Event> next(long millis) throws InterruptedException {
      if (cut && queue.isEmpty()) {
        throw new IllegalStateException("the listener fell behind by " + PENDING + " events");
      }
      return Optional.ofNullable(queue.poll(millis, TimeUnit.MILLISECONDS));
    }

    @Override
    public void close() {
      subscriptions.remove(this);
    }
  }
}
