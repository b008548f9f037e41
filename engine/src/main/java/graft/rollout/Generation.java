package graft.rollout;

import graft.oci.Digest;
import java.time.Instant;
import java.util.List;

/// What one roll-out moved.
///
/// @param what was asked for
/// @param images all that were replaced, those without names too: they are kept as long as this is
public record Generation(
    int generation,
    Instant created,
    String what,
    Digest plan,
    List<Moved> names,
    List<Replaced> images,
    boolean rolledBack) {
  public Generation {
    names = List.copyOf(names);
    images = List.copyOf(images);
  }

  /// @param name in full
  public record Moved(String name, Digest from, Digest to) {}

  public record Replaced(Digest from, Digest to) {}

  Generation back() {
    return new Generation(generation, created, what, plan, names, images, true);
  }
}
