package graft.image;

import graft.error.GraftException;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig;
import java.util.ArrayList;
import java.util.List;

/// An image: a manifest and a config that belong together, both fetched and verified. A value; only
/// its layers are large, and only stores open them.
public record Image(Document.Manifest manifest, ImageConfig config) {
  /// Both names of one change set: the blob that travels, and what it contains.
  public record Layer(Descriptor blob, Digest diffId) {}

  public Image {
    if (manifest.layers().size() != config.diffIds().size()) {
      throw GraftException.corrupt(
          "the manifest "
              + manifest.raw().digest()
              + " has "
              + manifest.layers().size()
              + " layers, its config "
              + config.diffIds().size());
    }
  }

  /// Bottom first.
  public List<Layer> layers() {
    List<Layer> all = new ArrayList<>();
    for (int i = 0; i < config.diffIds().size(); i++) {
      all.add(new Layer(manifest.layers().get(i), config.diffIds().get(i)));
    }
    return all;
  }
}
