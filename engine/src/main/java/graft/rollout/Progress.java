package graft.rollout;

import graft.oci.Digest;
import java.util.List;
import java.util.Optional;

/// What goes on while a plan is carried out.
public sealed interface Progress {
  enum State {
    MAKING,
    TESTING,
    READY,
    FAILED,
    SKIPPED
  }

  /// @param parent whether it is one that others take the place of
  /// @param message why, where it failed or was skipped; else mostly empty
  /// @param made the new image, once it is there
  record OfImage(
      boolean parent,
      Digest image,
      List<String> names,
      State state,
      String message,
      Optional<Digest> made)
      implements Progress {
    public OfImage {
      names = List.copyOf(names);
    }
  }

  /// The names have moved.
  record Switched(int generation, int names) implements Progress {}

  /// How it goes with a container that is made anew.
  enum Recreating {
    /// Its successor takes over.
    RECREATING,
    /// The successor is healthy.
    HEALTHY,
    /// The successor, which has no health check, runs steadily.
    RUNNING,
    /// The successor was no good: the container runs as it did.
    FAILED,
    /// It goes on as it is.
    KEPT
  }

  /// @param id of the successor where that stays, else the container's own
  /// @param message why, where it failed or is kept; else mostly empty
  record OfContainer(String id, String name, Recreating state, String message)
      implements Progress {}

  /// @param generation empty if no name moved
  /// @param switched names; where only containers were to be made anew, these
  record Done(Optional<Integer> generation, int switched, int skipped) implements Progress {}
}
