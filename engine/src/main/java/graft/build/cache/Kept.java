package graft.build.cache;

import graft.oci.Digest;
import graft.recipe.Recipe;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The result of a step, on record.
///
/// @param parents keys of the steps it stands on, and of those it took files from
/// @param slot which step of which kind of Dockerfile: what a miss is compared with
/// @param layer what it made
/// @param below the layers it stands on, bottom first
/// @param size of the layer's files, in bytes
/// @param identity see [NewLayer]
/// @param content the key of what it read; the same as its key if it read from no stage
/// @param lines of that, to tell what differs; none of a step that another engine made
/// @param packages what it did to these, if anything
public record Kept(
    Digest key,
    List<Digest> parents,
    Digest slot,
    Digest layer,
    List<Digest> below,
    long size,
    Optional<Digest> identity,
    Instant created,
    Instant used,
    int count,
    String description,
    Digest content,
    List<String> lines,
    Optional<Recipe.Packages> packages) {
  public Kept {
    parents = List.copyOf(parents);
    below = List.copyOf(below);
    lines = List.copyOf(lines);
  }

  Kept usedNow() {
    return copy(Instant.now(), count + 1, content, lines, packages);
  }

  /// As made by another engine, whose lines nobody here knows.
  public Kept foreign(Digest known) {
    return copy(used, count, known, List.of(), packages);
  }

  public Kept with(Optional<Recipe.Packages> changed) {
    return copy(used, count, content, lines, changed);
  }

  /// The same step with the same layer.
  private Kept copy(
      Instant nowUsed,
      int nowCount,
      Digest read,
      List<String> readLines,
      Optional<Recipe.Packages> changed) {
    return new Kept(
        key,
        parents,
        slot,
        layer,
        below,
        size,
        identity,
        created,
        nowUsed,
        nowCount,
        description,
        read,
        readLines,
        changed);
  }

  public Optional<Instant> lastUsed() {
    return count == 0 ? Optional.empty() : Optional.of(used);
  }
}
