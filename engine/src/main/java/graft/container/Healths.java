package graft.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import graft.db.Db;
import graft.error.GraftException;
import graft.oci.ImageConfig.Healthcheck;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The health of all containers, and who looks after it: one virtual thread for each container that
/// runs and has a check. What was seen is recorded, so that an engine that comes back goes on where
/// the one before stopped; a power cut may take the last probes.
final class Healths {
  private static final String KIND = "health";

  /// Runs a check once.
  interface Prober {
    /// What came of it, also where it could not be run; interrupted when nobody wants to know.
    Health.Probe probe(Container c, Healthcheck check) throws InterruptedException;
  }

  /// One run of one container that is being looked after.
  private static final class Watch {
    final Container container;
    final Healthcheck check;
    final Instant started;
    final Thread thread;
    boolean over;

    Watch(Container container, Healthcheck check, Instant started, Healths healths) {
      this.container = container;
      this.check = check;
      this.started = started;
      this.thread =
          Thread.ofVirtual()
              .name("health-" + container.shortId())
              .unstarted(() -> healths.run(this));
    }
  }

  private final Db db;
  private final Prober prober;
  private final Removal.Announcer announcer;
  private final Map<String, Health> known = new ConcurrentHashMap<>();
  private final Map<String, Watch> watches = new ConcurrentHashMap<>();

  Healths(Db db, Prober prober, Removal.Announcer announcer) {
    this.db = db;
    this.prober = prober;
    this.announcer = announcer;
    db.all(KIND).forEach((id, body) -> known.put(id, parse(id, body)));
  }

  private static Health parse(String id, String body) {
    try {
      return Records.JSON.readValue(body, Health.class);
    } catch (JsonProcessingException e) {
      throw GraftException.internal(
          "cannot read the record of the health of " + id + ": " + e.getOriginalMessage(), e);
    }
  }

  /// Empty for one without a check, and for one that was never started.
  Optional<Health> of(String id) {
    return Optional.ofNullable(known.get(id));
  }

  /// Another run began.
  void started(Container c) {
    if (checked(c)) {
      save(c.id(), of(c.id()).orElse(Health.STARTING).begun());
      watch(c);
    }
  }

  /// Looks after one that runs: after a pause, or after the engine was away.
  void resumed(Container c) {
    if (checked(c)) {
      if (of(c.id()).isEmpty()) {
        save(c.id(), Health.STARTING);
      }
      watch(c);
    }
  }

  /// It is about to be paused, or has come to its end: nobody looks any more, and no probe that is
  /// under way counts. What was seen stays until [#halted].
  void halting(String id) {
    Watch watch = watches.remove(id);
    if (watch != null) {
      end(watch);
    }
  }

  /// It is paused or has ended, and its record says so.
  void halted(String id) {
    halting(id);
    Health last = known.get(id);
    if (last != null && last.status() != Health.Status.UNHEALTHY) {
      save(id, last.unwatched());
    }
  }

  void forget(String id) {
    halted(id);
    if (known.remove(id) != null) {
      db.write(List.of(new Db.Change.Delete(KIND, id)), Db.Durable.WRITTEN);
    }
  }

  private static boolean checked(Container c) {
    return c.spec().health().filter(Health::runs).isPresent();
  }

  private void watch(Container c) {
    if (c.state() instanceof State.Running running && c.spec().health().isPresent()) {
      Watch watch = new Watch(c, c.spec().health().get(), running.since(), this);
      Watch before = watches.put(c.id(), watch);
      if (before != null) {
        end(before);
      }
      watch.thread.start();
    }
  }

  private static void end(Watch watch) {
    synchronized (watch) {
      watch.over = true;
    }
    watch.thread.interrupt();
  }

  private void run(Watch watch) {
    try {
      Health now = of(watch.container.id()).orElse(Health.STARTING);
      while (!over(watch)) {
        Thread.sleep(untilNext(now, watch));
        Health.Probe probe = prober.probe(watch.container, watch.check);
        now = record(watch, probe);
      }
    } catch (InterruptedException e) {
      // It was paused, has ended, or the engine is closing.
      Thread.currentThread().interrupt();
    }
  }

  private static boolean over(Watch watch) {
    synchronized (watch) {
      return watch.over;
    }
  }

  /// From the last probe of this run, or from its start: what was due while the engine was away is
  /// done at once.
  private static Duration untilNext(Health health, Watch watch) {
    Instant now = Instant.now();
    Instant from =
        health.log().isEmpty() || health.log().getLast().end().isBefore(watch.started)
            ? watch.started
            : health.log().getLast().end();
    Duration passed = Duration.between(from, now);
    Duration left =
        health
            .pause(watch.check, watch.started, now)
            .minus(passed.isNegative() ? Duration.ZERO : passed);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /// Counts a probe, unless the run it belongs to is over. The lock is held across the write, for
  /// that is what it guards: `halted` has the last word.
  private Health record(Watch watch, Health.Probe probe) {
    Container c = watch.container;
    synchronized (watch) {
      Health before = of(c.id()).orElse(Health.STARTING);
      if (watch.over) {
        return before;
      }
      Health after = before.after(probe, watch.check, watch.started);
      save(c.id(), after);
      if (after.status() != before.status()) {
        announcer.announce(
            c, "health_status: " + after.status().name().toLowerCase(Locale.ROOT), Map.of());
      }
      return after;
    }
  }

  private void save(String id, Health health) {
    try {
      String body = Records.JSON.writeValueAsString(health);
      db.write(List.of(new Db.Change.Put(KIND, id, body)), Db.Durable.WRITTEN);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write the record of the health of " + id, e);
    }
    known.put(id, health);
  }

  /// Stops looking; what was seen stays as it is.
  void close() {
    watches.values().forEach(Healths::end);
    watches.clear();
  }
}
