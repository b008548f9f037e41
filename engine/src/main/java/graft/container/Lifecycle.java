package graft.container;

import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.log.LogSink;
import graft.runtime.Runtime;
import graft.runtime.Runtime.Exit;
import graft.runtime.Runtime.Status;
import graft.runtime.Runtime.Task;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The changes of a container from start to end. Each holds the container's `life` lock while it
/// acts and never while it waits for a process; each writes the record before anybody hears of it.
///
/// A *watcher*, one virtual thread for each living container, waits for the end and then does what
/// follows: record, network, file system, events, restart or removal.
final class Lifecycle {

  private final Records records;
  private final Runtime runtime;
  private final Launch launch;
  private final Events events;
  private final Removal removal;
  private final Healths healths;
  private final LogForwarding forwarding;
  private final Map<String, Live> lives = new ConcurrentHashMap<>();
  private final ExecutorService watchers = Executors.newVirtualThreadPerTaskExecutor();

  Lifecycle(
      Records records,
      Runtime runtime,
      Launch launch,
      Events events,
      Removal removal,
      Healths healths,
      LogForwarding forwarding) {
    this.records = records;
    this.runtime = runtime;
    this.launch = launch;
    this.events = events;
    this.removal = removal;
    this.healths = healths;
    this.forwarding = forwarding;
  }

  Live live(String id) {
    return lives.computeIfAbsent(id, _ -> new Live());
  }

  Optional<Container> find(String id) {
    return records.byId(id);
  }

  /// The record as it is now; NOT_FOUND if it was removed meanwhile.
  Container current(String id) {
    return records.byId(id).orElseThrow(() -> GraftException.notFound("No such container: " + id));
  }

  void announce(Container c, String action, Map<String, String> more) {
    Map<String, String> attributes = new HashMap<>(c.spec().labels());
    attributes.put("image", c.imageName());
    attributes.put("name", c.name());
    attributes.putAll(more);
    events.publish(Event.Type.CONTAINER, action, c.id(), attributes);
  }

  // ---- start

  void start(String id) throws IOException {
    Live live = live(id);
    live.life.lock();
    try {
      Container c = current(id);
      switch (c.state()) {
        case State.Running _ -> throw unchanged();
        case State.Paused _ ->
            throw GraftException.conflict("cannot start a paused container, try unpause instead");
        case State.Removing _ ->
            throw GraftException.conflict("container is marked for removal and cannot be started");
        case State.Restarting _ -> live.cancelRestart();
        case State.Created _, State.Exited _ -> {}
      }
      live.restartsAnew();
      run(live, c.withStoppedByUser(false).withRestarts(0));
    } finally {
      live.life.unlock();
    }
  }

  private static GraftException unchanged() {
    return new GraftException(GraftException.Kind.NOT_MODIFIED, "container is already running");
  }

  /// Under the life lock.
  private void run(Live live, Container c) throws IOException {
    Optional<Exit> last =
        switch (c.state()) {
          case State.Exited e -> Optional.of(e.exit());
          case State.Restarting r -> Optional.of(r.exit());
          case State.Created _, State.Running _, State.Paused _, State.Removing _ ->
              Optional.empty();
        };
    List<PendingStreams> pending = live.takePending();
    int pid;
    Task task;
    Optional<LogSink> sink = Optional.empty();
    try {
      sink = forwarding.open(c);
      task = launch.prepare(c);
      try {
        pid = runtime.create(task);
        for (PendingStreams streams : pending) {
          streams.join(runtime.attach(task));
        }
        runtime.start(task);
      } catch (IOException | RuntimeException e) {
        undo(task, e);
        launch.release(c);
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      sink.ifPresent(LogSink::close);
      failed(live, c, pending, e);
      throw e;
    }
    Container running = c.with(new State.Running(pid, Instant.now(), last));
    records.saveRunning(running);
    announce(running, "start", Map.of());
    healths.started(running);
    forwarding.follow(running, sink);
    watch(live, running, task);
  }

  private void undo(Task task, Exception cause) {
    try {
      runtime.delete(task);
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  private void failed(Live live, Container c, List<PendingStreams> pending, Exception e) {
    String message = e instanceof GraftException g ? g.text() : String.valueOf(e.getMessage());
    // Only the runtime speaks of the program; a device or a profile that is missing is another
    // matter.
    int code =
        message.startsWith("failed to create task") ? Runtime.startFailureCode(message) : 128;
    pending.forEach(PendingStreams::abandon);
    Container failed = c.with(notStarted(c.state(), code, message));
    records.save(failed);
    live.failed(code);
    if (c.spec().autoRemove()) {
      try {
        removal.remove(live, failed, true);
      } catch (IOException | RuntimeException again) {
        e.addSuppressed(again);
      }
    }
  }

  /// One that ran before has still exited then; a start that fails changes neither when.
  private static State notStarted(State before, int code, String message) {
    return switch (before) {
      case State.Exited e ->
          new State.Exited(e.started(), new Exit(code, e.exit().at(), false), message);
      case State.Restarting r ->
          new State.Exited(r.started(), new Exit(code, r.exit().at(), false), message);
      case State.Created _, State.Running _, State.Paused _, State.Removing _ ->
          new State.Created(code, message);
    };
  }

  // ---- the end of a run

  private void watch(Live live, Container c, Task task) {
    watchers.execute(() -> {
      try {
        Exit exit = runtime.await(task);
        ended(live, c.id(), task, exit);
      } catch (InterruptedException e) {
        // The engine is closing; the monitor goes on, and the next engine asks it.
        Thread.currentThread().interrupt();
      } catch (IOException | RuntimeException e) {
        ended(live, c.id(), task, new Exit(255, Instant.now(), false));
      }
    });
  }

  private void ended(Live live, String id, Task task, Exit exit) {
    live.life.lock();
    try {
      Optional<Container> recorded = records.byId(id);
      if (recorded.isEmpty() || !recorded.get().state().alive()) {
        return;
      }
      Container c = recorded.get();
      healths.halting(id);
      Instant started =
          switch (c.state()) {
            case State.Running r -> r.since();
            case State.Paused p -> p.running().since();
            case State.Created _, State.Restarting _, State.Exited _, State.Removing _ -> exit.at();
          };
      String trouble = "";
      try {
        runtime.delete(task);
      } catch (IOException | RuntimeException e) {
        trouble = String.valueOf(e.getMessage());
      }
      try {
        launch.release(c);
      } catch (RuntimeException e) {
        // The end is recorded all the same; what could not be given back is found at the next
        // start.
        trouble = trouble.isEmpty() ? String.valueOf(e.getMessage()) : trouble;
      }
      boolean again = Restarts.wanted(c, exit);
      Container after =
          c.with(
              again
                  ? new State.Restarting(started, exit)
                  : new State.Exited(started, exit, trouble));
      boolean goes = !again && c.spec().autoRemove() && !live.keptOnExit();
      if (goes) {
        // An engine that dies here finds it dead, and takes it away.
        records.show(after);
      } else {
        records.save(after);
      }
      // Not before: who reads "unhealthy" and then the state is to learn that it has ended.
      healths.halted(id);
      if (exit.oomKilled()) {
        announce(after, "oom", Map.of());
      }
      announce(
          after,
          "die",
          Map.of(
              "exitCode",
              Integer.toString(exit.code()),
              "execDuration",
              Long.toString(Math.max(0, Duration.between(started, exit.at()).toSeconds()))));
      live.ended(exit);
      if (again) {
        restartLater(live, after, Duration.between(started, exit.at()));
      } else if (goes) {
        removeQuietly(live, after);
      }
    } finally {
      live.life.unlock();
    }
  }

  private void removeQuietly(Live live, Container c) {
    try {
      removal.remove(live, c, true);
    } catch (IOException | RuntimeException e) {
      // It stays as Removing and goes at the next start of the engine, or by hand.
      live.removed();
    }
  }

  private void restartLater(Live live, Container c, Duration ran) {
    long millis = Restarts.pause(live.restartAttempt(c.restarts(), ran)).toMillis();
    watchers.execute(() -> {
      try {
        if (live.pauseBeforeRestart(millis)) {
          restartNow(live, c.id());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException | RuntimeException e) {
        // The failure is in the record (State.Created with the error) and in the events.
        events.publish(Event.Type.CONTAINER, "restart_failed", c.id(), Map.of("name", c.name()));
      }
    });
  }

  private void restartNow(Live live, String id) throws IOException {
    live.life.lock();
    try {
      Optional<Container> c = records.byId(id);
      if (c.isPresent() && c.get().state() instanceof State.Restarting) {
        run(live, c.get().withRestarts(c.get().restarts() + 1));
      }
    } finally {
      live.life.unlock();
    }
  }

  // ---- after the engine was away

  /// What the runtime says of a container.
  Status status(Container c) throws IOException {
    return runtime.status(launch.task(c));
  }

  /// Brings a record in line with what the runtime says, once, at start.
  void restore(Container c, Status status) throws IOException {
    Live live = live(c.id());
    live.life.lock();
    try {
      Task task = launch.task(c);
      switch (Restore.decide(c, status)) {
        case Restore.Keep _ -> {
          if (!c.state().alive()) {
            healths.halted(c.id());
          }
          if (c.state() instanceof State.Restarting) {
            restartLater(live, c, Duration.ZERO);
          }
        }
        case Restore.Adopt adopt -> {
          Container adopted = c.with(adopt.state());
          records.save(adopted);
          healths.resumed(adopted);
          forwarding.follow(adopted, Optional.empty());
          watch(live, adopted, task);
        }
        case Restore.Ended ended -> {
          Container alive = c.with(ended.before());
          forwarding.follow(alive, Optional.empty());
          records.save(alive);
          ended(live, c.id(), task, ended.exit());
        }
        case Restore.Undo _ -> {
          runtime.delete(task);
          launch.release(c);
          if (c.state() instanceof State.Restarting) {
            restartLater(live, c, Duration.ZERO);
          }
        }
        case Restore.Remove _ -> removal.remove(live, c, c.spec().autoRemove());
      }
    } finally {
      live.life.unlock();
    }
    startByPolicy(c.id());
  }

  private void startByPolicy(String id) {
    Optional<Container> now = records.byId(id);
    if (now.isEmpty() || !(now.get().state() instanceof State.Exited)) {
      return;
    }
    Container c = now.get();
    if (Restarts.wantedByNewEngine(c) && !Replacements.isReplaced(records, id)) {
      watchers.execute(() -> {
        try {
          start(id);
        } catch (IOException | RuntimeException e) {
          events.publish(Event.Type.CONTAINER, "restart_failed", id, Map.of("name", c.name()));
        }
      });
    }
  }

  interface Stop {
    void run() throws IOException, InterruptedException;
  }

  /// Stops (whatever state it is in) and starts; a container with autoRemove survives this stop.
  void restart(String id, Stop stop) throws IOException, InterruptedException {
    Live live = live(id);
    live.keepOnExit(true);
    try {
      stop.run();
      start(id);
    } finally {
      live.keepOnExit(false);
    }
    announce(current(id), "restart", Map.of());
  }

  interface Change {
    void apply(Container c, Task task) throws IOException;
  }

  /// Does something to a container under its life lock.
  void change(String id, Change change) throws IOException {
    Live live = live(id);
    live.life.lock();
    try {
      Container c = current(id);
      change.apply(c, launch.task(c));
    } finally {
      live.life.unlock();
    }
  }

  void forget(String id) {
    lives.remove(id);
  }

  /// Stops watching; containers go on.
  void close() {
    watchers.shutdownNow();
  }
}
