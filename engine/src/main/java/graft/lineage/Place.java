package graft.lineage;

import graft.oci.Digest;
import java.util.List;
import java.util.Optional;

/// A layer of an image, and how it came to be.
///
/// @param image whose layer it is
/// @param names of that image, familiar
/// @param layer from 0 at the bottom
/// @param createdBy what the history of the image says of it; may be empty
/// @param step of the Dockerfile, if a recipe tells
public record Place(
    Digest image,
    List<String> names,
    int layer,
    Digest diffId,
    String createdBy,
    Optional<Step> step) {
  public Place {
    names = List.copyOf(names);
  }

  /// @param file as the client of the build called it
  /// @param line the first of the instruction, from 1
  public record Step(String instruction, String file, int line) {}
}
