package graft.images;

import graft.image.Bundle;
import graft.image.Image;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Reference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Images that leave this machine together, and the form in which they do. Their layers are here,
/// and held by whoever exports them.
///
/// @param names under which they will be known
public record Export(
    List<Bundle.Part> parts, List<Reference> names, Bundle.Style style, Packing packing) {
  public Export {
    parts = List.copyOf(parts);
    names = List.copyOf(names);
  }

  /// Those of all images, each once.
  List<Image.Layer> layers() {
    Map<Digest, Image.Layer> all = new LinkedHashMap<>();
    for (Bundle.Part part : parts) {
      part.image().layers().forEach(layer -> all.putIfAbsent(layer.diffId(), layer));
    }
    return List.copyOf(all.values());
  }

  Bundle bundle(Map<Digest, Descriptor> blobs) {
    return Bundle.of(
        parts,
        names,
        style,
        layer -> {
          Descriptor blob = blobs.get(layer.diffId());
          if (blob == null) {
            throw new IllegalStateException("layer " + layer.diffId() + " was not packed");
          }
          return blob;
        });
  }
}
