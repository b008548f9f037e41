package graft.facts;

import graft.inventory.Evidence;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A union that knows of which layer each of its files is.
interface Layered extends Union {
  /// Bottom first.
  List<LayerFacts> layers();

  /// The layer that what is at this path comes from, as an index into [#layers].
  OptionalInt layerOf(String path);

  /// What the file at this path says of packages; no link is followed.
  default Optional<Evidence> evidence(String path) {
    OptionalInt layer = layerOf(path);
    return layer.isPresent()
        ? Optional.ofNullable(layers().get(layer.getAsInt()).evidence().get(path))
        : Optional.empty();
  }
}
