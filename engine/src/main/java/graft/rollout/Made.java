package graft.rollout;

import graft.facts.LayerFacts;
import graft.image.Image;
import graft.images.ImageRecord;
import java.util.List;
import java.util.Optional;

/// What an image would be, or is.
///
/// @param layers bottom first
/// @param patch the uppermost of the layers, if it has to be written
/// @param record if the image is here
/// @param name under which children name it as their base; may be empty
/// @param exact false for what stands in for an image that has to be built first
record Made(
    Image image,
    List<LayerFacts> layers,
    Optional<PatchLayer> patch,
    Optional<ImageRecord> record,
    String name,
    boolean exact) {
  Made {
    layers = List.copyOf(layers);
  }
}
