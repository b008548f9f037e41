package graft.container;

import graft.error.GraftException;
import graft.runtime.Runtime;
import graft.runtime.Runtime.Task;
import java.io.IOException;
import java.util.Map;

/// What holds a running container up or ends it from outside: stop, kill, pause. The end itself is
/// the [Lifecycle]'s to see.
record Stopping(
    Lifecycle lifecycle, Records records, Runtime runtime, Launch launch, Healths healths) {
  /// Milliseconds in which what got SIGKILL has to end.
  private static final long KILL_PATIENCE = 10_000;

  /// @param seconds how long to wait before SIGKILL; negative is for ever
  void stop(String id, int signal, int seconds) throws IOException, InterruptedException {
    Live live = lifecycle.live(id);
    int before;
    Task task;
    live.life.lock();
    try {
      Container c = lifecycle.current(id);
      live.cancelRestart();
      switch (c.state()) {
        case State.Running _, State.Paused _ -> records.save(c.withStoppedByUser(true));
        case State.Restarting r -> {
          records.save(c.withStoppedByUser(true).with(new State.Exited(r.started(), r.exit(), "")));
          lifecycle.announce(c, "stop", Map.of());
          return;
        }
        case State.Created _, State.Exited _, State.Removing _ ->
            throw new GraftException(
                GraftException.Kind.NOT_MODIFIED, "container is already stopped");
      }
      before = live.exits();
      task = launch.task(c);
      if (c.state() instanceof State.Paused) {
        runtime.resume(task);
      }
    } finally {
      live.life.unlock();
    }
    signalled(id, signal);
    sendIgnoringGone(task, signal);
    if (seconds < 0) {
      live.awaitExitAfter(before);
    } else if (!live.awaitExitAfter(before, seconds * 1000L)) {
      signalled(id, Signals.KILL);
      sendIgnoringGone(task, Signals.KILL);
      live.awaitExitAfter(before);
    }
    records.byId(id).ifPresent(c -> lifecycle.announce(c, "stop", Map.of()));
  }

  private void signalled(String id, int signal) {
    records
        .byId(id)
        .ifPresent(c -> lifecycle.announce(c, "kill", Map.of("signal", Integer.toString(signal))));
  }

  /// A process that has just ended needs no signal.
  void sendIgnoringGone(Task task, int signal) throws IOException {
    try {
      runtime.kill(task, signal, false);
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.CONFLICT && e.kind() != GraftException.Kind.NOT_FOUND) {
        throw e;
      }
    }
  }

  /// After SIGKILL it returns when the container has ended, as dockerd does: clients list and
  /// remove right after.
  void kill(String id, String given, int signal) throws IOException, InterruptedException {
    Live live = lifecycle.live(id);
    int before;
    live.life.lock();
    try {
      Container c = lifecycle.current(id);
      if (!c.state().alive()) {
        throw GraftException.conflict(
            "cannot kill container: " + given + ": container " + id + " is not running");
      }
      if (signal == Signals.KILL || signal == Signals.number(c.spec().stopSignal())) {
        live.cancelRestart();
        records.save(c.withStoppedByUser(true));
      }
      before = live.exits();
      Task task = launch.task(c);
      runtime.kill(task, signal, false);
      lifecycle.announce(c, "kill", Map.of("signal", Integer.toString(signal)));
      if (c.state() instanceof State.Paused p && thaws(c, signal)) {
        resume(lifecycle.current(id), p, task);
      }
    } finally {
      live.life.unlock();
    }
    if (signal == Signals.KILL && !live.awaitExitAfter(before, KILL_PATIENCE)) {
      throw GraftException.internal(
          "cannot kill container: "
              + given
              + ": tried to kill container, but did not receive an exit event",
          null);
    }
  }

  /// A frozen process sees no signal. One that is to end it thaws it, and so does any other if the
  /// container does not say which signal that is.
  private static boolean thaws(Container c, int signal) {
    String stop = c.spec().stopSignal();
    return signal == Signals.KILL
        || stop.isEmpty()
        || stop.equals("SIGTERM")
        || signal == Signals.number(stop);
  }

  private void resume(Container c, State.Paused paused, Task task) throws IOException {
    runtime.resume(task);
    records.save(c.with(paused.running()));
    healths.resumed(c.with(paused.running()));
    lifecycle.announce(c, "unpause", Map.of());
  }

  void pause(String id) throws IOException {
    lifecycle.change(
        id,
        (c, task) -> {
          switch (c.state()) {
            case State.Running r -> {
              runtime.pause(task);
              healths.halting(id);
              records.save(c.with(new State.Paused(r)));
              healths.halted(id);
              lifecycle.announce(c, "pause", Map.of());
            }
            case State.Paused _ ->
                throw GraftException.conflict("Container " + id + " is already paused");
            case State.Created _, State.Exited _, State.Restarting _, State.Removing _ ->
                throw GraftException.conflict("container " + id + " is not running");
          }
        });
  }

  void unpause(String id) throws IOException {
    lifecycle.change(
        id,
        (c, task) -> {
          if (!(c.state() instanceof State.Paused p)) {
            throw GraftException.internal("Container " + id + " is not paused", null);
          }
          resume(c, p, task);
        });
  }
}
