package graft.rollout;

import graft.facts.Contents;
import graft.facts.LayerFacts;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.recipe.Recipe;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What there is to know of the images of this machine.
interface Material extends Contents {
  /// NOT_FOUND if it is not here.
  ImageRecord record(Digest id);

  Image image(Digest id) throws IOException;

  List<LayerFacts> facts(List<Digest> diffIds) throws IOException;

  Optional<Recipe> recipe(Digest id) throws IOException;

  /// Bytes of a layer's files.
  long size(Digest diffId);

  /// Names of the vulnerabilities that are open in these layers, bottom first; nothing if no
  /// advisories are here.
  Set<String> vulnerabilities(List<LayerFacts> layers) throws IOException;
}
