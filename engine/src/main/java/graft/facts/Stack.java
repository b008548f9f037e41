package graft.facts;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A stack of layers that is never put together: for whoever asks for a few paths of many stacks.
/// What it says is what [Root] says.
///
/// @param layers bottom first
record Stack(List<LayerFacts> layers) implements Layered {
  @Override
  public Optional<Entry> find(String path) {
    OptionalInt layer = layerOf(path);
    return layer.isPresent()
        ? Optional.ofNullable(layers.get(layer.getAsInt()).entries().get(path))
        : Optional.empty();
  }

  @Override
  public OptionalInt layerOf(String path) {
    for (int k = layers.size() - 1; k >= 0; k--) {
      switch (layers.get(k).entries().get(path)) {
        case Entry.Directory _, Entry.File _, Entry.Link _, Entry.Special _ -> {
          return OptionalInt.of(k);
        }
        case Entry.Whiteout _ -> {
          return OptionalInt.empty();
        }
        case null -> {
          if (hides(layers.get(k), path)) {
            return OptionalInt.empty();
          }
        }
      }
    }
    return OptionalInt.empty();
  }

  /// Whether what the layers below have at a path is not seen for something above it.
  private static boolean hides(LayerFacts layer, String path) {
    for (String up = Paths.parent(path); !up.isEmpty(); up = Paths.parent(up)) {
      switch (layer.entries().get(up)) {
        case Entry.Directory d -> {
          if (d.opaque()) {
            return true;
          }
        }
        case Entry.File _, Entry.Link _, Entry.Special _, Entry.Whiteout _ -> {
          return true;
        }
        case null -> {
          // Something further up may.
        }
      }
    }
    return false;
  }
}
