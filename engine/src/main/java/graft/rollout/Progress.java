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

  /// @param state `recreating`, `healthy`, `failed`, `kept`
  record OfContainer(String id, String name, String state, String message) implements Progress {}

  /// @param generation empty if no name moved
  record Done(Optional<Integer> generation, int switched, int skipped) implements Progress {}
}
