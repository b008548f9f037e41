package graft.rollout;

import graft.db.Db;
import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Progress;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.registry.Registries;
import graft.registry.Repository;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Asks registries what is behind the names that are followed, and pulls what is another image by
/// now: then the name moves, which is [Follows]' matter. One request that counts as no pull is all
/// that is sent while nothing has changed.
///
/// It logs in with what the engine was given for itself ([Registries#own]). What clients log in
/// with is never kept.
final class Poller implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Poller.class.getName());
  private static final String KIND = "poll";
  private static final int AT_ONCE = 4;

  /// The clock of the machine may be set.
  private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

  private static final Duration END = Duration.ofSeconds(10);

  private final Db db;
  private final Events events;
  private final Images images;
  private final Registries registries;
  private final Map<String, Poll> all = new ConcurrentHashMap<>();

  /// Held while records change: on the disk first and then in `all`, in the same order. Readers
  /// take no lock.
  private final ReentrantLock changing = new ReentrantLock();

  /// A permit is there if there may be something to do sooner than was thought.
  private final Semaphore wake = new Semaphore(0);

  private @Nullable Thread polling;

  Poller(Db db, Events events, Images images, Registries registries) {
    this.db = db;
    this.events = events;
    this.images = images;
    this.registries = registries;
    db.all(KIND)
        .forEach((name, body) ->
            all.put(
                name,
                PlanJson.read(
                    body.getBytes(StandardCharsets.UTF_8),
                    Poll.class,
                    "what is kept of asking for " + name)));
  }

  void start() {
    polling = Thread.ofVirtual().name("poller").start(this::run);
  }

  Poll of(String name) {
    return all.getOrDefault(name, Poll.never(name));
  }

  private interface Change {
    /// From what is recorded to what shall be; empty for no change.
    Optional<Poll> of(Poll before);
  }

  /// True if it changed something: then it is on the disk.
  private boolean change(String name, Change change) {
    changing.lock();
    try {
      Optional<Poll> after = change.of(of(name));
      if (after.isEmpty()) {
        return false;
      }
      db.put(KIND, name, new String(PlanJson.bytes(after.get()), StandardCharsets.UTF_8));
      all.put(name, after.get());
    } finally {
      changing.unlock();
    }
    wake.release();
    return true;
  }

  void remove(String name) {
    changing.lock();
    try {
      if (all.containsKey(name)) {
        db.delete(KIND, name);
        all.remove(name);
      }
    } finally {
      changing.unlock();
    }
  }

  /// What an image of this name is when it is asked about at this interval. The registry is asked
  /// once, so that one that cannot be asked is known now.
  Poll begin(ImageRecord here, String name, Optional<Duration> every) {
    if (every.isEmpty()) {
      return of(name).with(every, of(name).taken(), Optional.empty());
    }
    if (every.get().compareTo(Poll.LEAST) < 0 || every.get().compareTo(Poll.MOST) > 0) {
      throw GraftException.invalid(
          "registries are asked every "
              + Poll.LEAST.toMinutes()
              + "m at most, and every "
              + Poll.MOST.toDays()
              + "d at least");
    }
    Reference reference = Reference.parse(name);
    Digest there;
    try {
      there = repository(reference).digest(reference);
    } catch (GraftException e) {
      throw new GraftException(e.kind(), "cannot ask for " + name + ": " + e.text() + hint(e), e);
    }
    Instant now = Instant.now();
    // What was made here in its place stays until the registry has something newer than now.
    boolean taken = !isOf(here, reference) || isCalled(here, reference, there);
    Poll poll = of(name);
    return taken
        ? poll.with(every, Optional.of(there), Optional.empty())
            .answered(now, there, ThreadLocalRandom.current().nextDouble())
        : poll.with(every, Optional.empty(), Optional.of(now));
  }

  /// To be called once the name is followed.
  void begun(Poll poll) {
    change(poll.name(), _ -> Optional.of(poll));
  }

  private static String hint(GraftException e) {
    return Logins.mayBeRefusal(e)
        ? "; follow the name that its registry has, and " + Logins.NONE_BUT_ITS_OWN
        : "";
  }

  private Repository repository(Reference name) {
    return registries.repository(name, registries.own());
  }

  /// Whether it came from where the name is, or went there.
  private static boolean isOf(ImageRecord image, Reference name) {
    return image.digests().stream().anyMatch(d -> d.name().equals(name.name()));
  }

  private static boolean isCalled(ImageRecord image, Reference name, Digest digest) {
    return image.digests().stream()
        .anyMatch(
            d -> d.name().equals(name.name()) && d.digest().filter(digest::equals).isPresent());
  }

  /// As soon as may be; not by this thread. Once more for one that is asked about just now.
  void soon(Collection<String> names) {
    Instant now = Instant.now();
    names.forEach(name -> change(name, before -> Optional.of(before.soon(now))));
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        wake.drainPermits();
        try {
          round(Instant.now());
        } catch (GraftException e) {
          // A full disk, say: what was answered could not be kept, and is asked for again.
          LOG.log(System.Logger.Level.WARNING, "registries were not asked: {0}", e.text());
          Thread.sleep(LONGEST_SLEEP);
          continue;
        }
        var _ = wake.tryAcquire(sleep().toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // The engine is closing.
      Thread.currentThread().interrupt();
    }
  }

  private Duration sleep() {
    Instant now = Instant.now();
    Instant latest = now.plus(LONGEST_SLEEP);
    Instant next =
        all.values().stream()
            .flatMap(p -> p.next().stream())
            .min(Instant::compareTo)
            .filter(latest::isAfter)
            .orElse(latest);
    return next.isBefore(now) ? Duration.ZERO : Duration.between(now, next).plusMillis(1);
  }

  private List<Poll> due(Instant now) {
    return all.values().stream().filter(p -> p.due(now)).toList();
  }

  /// Asks for all that is due at a time. What is answered stays due if it cannot be kept, which is
  /// thrown when all have been asked.
  void round(Instant now) throws InterruptedException {
    Semaphore room = new Semaphore(AT_ONCE);
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Poll>> asked =
          due(now).stream()
              .map(one ->
                  each.submit(() -> {
                    room.acquire();
                    try {
                      return ask(one.name());
                    } finally {
                      room.release();
                    }
                  }))
              .toList();
      try {
        for (Future<Poll> one : asked) {
          var _ = one.get();
        }
      } catch (InterruptedException e) {
        each.shutdownNow();
        throw e;
      } catch (ExecutionException e) {
        throw e.getCause() instanceof GraftException known
            ? known
            : GraftException.internal("cannot ask registries", e);
      }
    }
  }

  /// Asks for one now, and pulls what is new.
  Poll ask(String name) throws InterruptedException {
    Poll before = of(name);
    Poll after;
    double spread = ThreadLocalRandom.current().nextDouble();
    try {
      Digest there = taken(before);
      after = before.answered(Instant.now(), there, spread);
    } catch (IOException | RuntimeException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedException();
      }
      after =
          e instanceof GraftException g
              ? before.failed(Instant.now(), g.text() + hint(g), refused(g), spread)
              : before.failed(Instant.now(), String.valueOf(e.getMessage()), false, spread);
    }
    answered(before, after);
    return after;
  }

  private static boolean refused(GraftException e) {
    return switch (e.kind()) {
      // What a registry answers that is asked too often is UNAVAILABLE.
      case UNAUTHORIZED, FORBIDDEN, NOT_FOUND, UNAVAILABLE, INVALID, CONFLICT -> true;
      default -> false;
    };
  }

  /// What is behind the name; pulled if it is neither what was there before nor what is here.
  private Digest taken(Poll poll) throws IOException, InterruptedException {
    Reference name = Reference.parse(poll.name());
    ImageRecord here = here(poll.name());
    Repository repository = repository(name);
    Digest there = repository.digest(name);
    if (poll.taken().filter(there::equals).isPresent() || isCalled(here, name, there)) {
      return there;
    }
    return images.pull(repository, name, here.platform(), Progress.SILENT).digest();
  }

  private ImageRecord here(String name) {
    try {
      return images.find(name);
    } catch (GraftException e) {
      throw GraftException.conflict(
          "no image has the name "
              + name
              + " any more: pull it, or follow it no more (graft follow "
              + name
              + " --stop)");
    }
  }

  /// Keeps the answer, unless the name is followed no more, or otherwise, by now.
  private void answered(Poll before, Poll after) {
    if (!change(before.name(), now -> before.equals(now) ? Optional.of(after) : Optional.empty())) {
      return;
    }
    // Once, and once more when it is over; not each time.
    if (before.trouble().isEmpty() != after.trouble().isEmpty()) {
      boolean well = after.trouble().isEmpty();
      events.publish(
          Event.Type.IMAGE,
          "follow",
          after.name(),
          Map.of(
              "name",
              after.name(),
              "state",
              well ? "reachable" : "unreachable",
              "text",
              well ? "its registry answers again" : after.trouble(),
              "plan",
              ""));
    }
  }

  @Override
  public void close() {
    Thread running = polling;
    if (running != null) {
      running.interrupt();
      try {
        var _ = running.join(END);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
