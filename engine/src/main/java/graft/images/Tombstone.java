package graft.images;

import graft.oci.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What is kept of an image that was removed while others derive from it, so that their tree does
/// not fall apart. It holds nothing in the stores.
///
/// @param aliases digests by which others may name it as their base
/// @param names that it had last, familiar
/// @param diffIds its layers, bottom first
/// @param parent the image it was made from here
public record Tombstone(
    Digest id,
    Set<Digest> aliases,
    List<String> names,
    List<Digest> diffIds,
    Instant created,
    Optional<Digest> parent) {
  public Tombstone {
    aliases = Set.copyOf(aliases);
    names = List.copyOf(names);
    diffIds = List.copyOf(diffIds);
  }

  static Tombstone of(ImageRecord image) {
    return new Tombstone(
        image.id(),
        image.aliases(),
        image.names().stream().map(n -> n.familiar()).toList(),
        image.diffIds(),
        image.created(),
        image.parent());
  }

  /// Whether an image derives from it: it was made of it here, says so, or has all its layers and
  /// more.
  boolean isBelow(ImageRecord image) {
    return image.parent().filter(id::equals).isPresent()
        || image.base().flatMap(ImageRecord.Base::digest).filter(aliases::contains).isPresent()
        || (!diffIds.isEmpty()
            && image.diffIds().size() > diffIds.size()
            && image.diffIds().subList(0, diffIds.size()).equals(diffIds));
  }
}
