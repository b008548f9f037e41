package graft.container;

import graft.runtime.Runtime.Exit;
import graft.runtime.Runtime.Status;
import java.time.Instant;
import java.util.Optional;

/// What to do with a recorded container when the engine comes back: a pure function of what the
/// record says and what the runtime sees.
final class Restore {
  sealed interface Decision {}

  /// Record and reality agree.
  record Keep() implements Decision {}

  /// It runs: take it over as it is.
  record Adopt(State state) implements Decision {}

  /// It ended while nobody watched. `before` is the state that run was in.
  record Ended(State before, Exit exit) implements Decision {}

  /// A start was cut short before the process ran: take away what it left.
  record Undo() implements Decision {}

  /// A removal was cut short: finish it.
  record Remove() implements Decision {}

  private Restore() {}

  static Decision decide(Container c, Status status) {
    return switch (c.state()) {
      case State.Removing _ -> new Remove();
      case State.Running r -> alive(r, status);
      case State.Paused p -> alive(p.running(), status);
      case State.Created _ -> cold(Optional.empty(), Instant.EPOCH, status);
      case State.Exited e -> cold(Optional.of(e.exit()), e.exit().at(), status);
      case State.Restarting r -> cold(Optional.of(r.exit()), r.exit().at(), status);
    };
  }

  private static Decision alive(State.Running recorded, Status status) {
    return switch (status) {
      case Status.Running r ->
          new Adopt(new State.Running(r.pid(), recorded.since(), recorded.last()));
      case Status.Paused p ->
          new Adopt(
              new State.Paused(new State.Running(p.pid(), recorded.since(), recorded.last())));
      case Status.Stopped s -> new Ended(recorded, s.exit());
      // Set up but not started cannot be where the record says running: the record is written after
      // the start. A reboot leaves no trace either: 255 is what Docker reports then.
      case Status.Created _, Status.HalfMade _, Status.Unknown _ ->
          new Ended(recorded, new Exit(255, Instant.now(), false));
    };
  }

  /// The record says that it does not run; the engine may have died between start and record.
  private static Decision cold(Optional<Exit> last, Instant lastEnd, Status status) {
    return switch (status) {
      case Status.Running r -> new Adopt(new State.Running(r.pid(), Instant.now(), last));
      case Status.Paused p ->
          new Adopt(new State.Paused(new State.Running(p.pid(), Instant.now(), last)));
      case Status.Stopped s when s.exit().at().isAfter(lastEnd.plusMillis(1)) ->
          new Ended(new State.Running(0, s.exit().at(), last), s.exit());
      case Status.Stopped _, Status.Unknown _ -> new Keep();
      case Status.Created _, Status.HalfMade _ -> new Undo();
    };
  }
}
