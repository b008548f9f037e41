package graft.container;

import graft.runtime.Runtime.Exit;
import java.time.Instant;
import java.util.Optional;

/// How a container stands. One of these, never two at once.
public sealed interface State {
  /// Never ran, or its last start failed: then `code` (126, 127 or 128) and `error` say how.
  record Created(int code, String error) implements State {}

  /// `last` is how the run before this one ended.
  record Running(int pid, Instant since, Optional<Exit> last) implements State {}

  record Paused(Running running) implements State {}

  /// Ended, and will be started again by its restart policy.
  record Restarting(Instant started, Exit exit) implements State {}

  record Exited(Instant started, Exit exit, String error) implements State {}

  /// Being removed. A container found so at start is removed to the end.
  record Removing() implements State {}

  /// True where processes of the container exist.
  default boolean alive() {
    return switch (this) {
      case Running _, Paused _ -> true;
      case Created _, Restarting _, Exited _, Removing _ -> false;
    };
  }

  /// The host pid of its init, 0 if it is not alive.
  default int pid() {
    return switch (this) {
      case Running r -> r.pid();
      case Paused p -> p.running().pid();
      case Created _, Restarting _, Exited _, Removing _ -> 0;
    };
  }

  /// Docker's one word for it.
  default String word() {
    return switch (this) {
      case Created _ -> "created";
      case Running _ -> "running";
      case Paused _ -> "paused";
      case Restarting _ -> "restarting";
      case Exited _ -> "exited";
      case Removing _ -> "removing";
    };
  }
}
