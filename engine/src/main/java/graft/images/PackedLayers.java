package graft.images;

import graft.content.ContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.image.Image;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.MediaTypes;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Layers as blobs: those that came packed and are here as they came, and others, which are packed
/// on their way out. Which blob a layer became is remembered, so that a registry that has it is not
/// sent it again.
final class PackedLayers {
  private static final String KIND = "packed";

  private record Key(Digest diffId, String packing) {
    /// The usual packing has no name: so were all records once.
    static Key parse(String text) {
      int space = text.indexOf(' ');
      return space < 0
          ? new Key(Digest.parse(text), Packing.GZIP.name())
          : new Key(Digest.parse(text.substring(0, space)), text.substring(space + 1));
    }

    @Override
    public String toString() {
      return packing.equals(Packing.GZIP.name()) ? diffId.toString() : diffId + " " + packing;
    }
  }

  /// @param size bytes
  private record Blob(Digest digest, long size) {}

  private final ContentStore content;
  private final LayerStore layers;
  private final Db db;
  private final Map<Key, Blob> packed = new ConcurrentHashMap<>();

  PackedLayers(ContentStore content, LayerStore layers, Db db) {
    this.content = content;
    this.layers = layers;
    this.db = db;
    db.all(KIND)
        .forEach((key, body) -> {
          String[] parts = body.split(" ");
          packed.put(Key.parse(key), new Blob(Digest.parse(parts[0]), Long.parseLong(parts[1])));
        });
  }

  /// The blob as which a layer came, if it is here and may leave so.
  Optional<Descriptor> original(Image.Layer layer, Packing packing) {
    return Optional.of(layer.blob())
        .filter(blob -> content.info(blob.digest()).isPresent() && packing.takes(blob));
  }

  /// What the layer became when it was packed so before.
  Optional<Descriptor> before(Digest diffId, Packing packing) {
    return Optional.ofNullable(packed.get(new Key(diffId, packing.name())))
        .map(blob -> new Descriptor(packing.mediaType(), blob.digest(), blob.size()));
  }

  /// Packed anew: another version of a library would give other bytes than before.
  InputStream open(Digest diffId, Packing packing) throws IOException {
    return packing.pack(layers.tar(diffId));
  }

  /// The blob that is the layer's tar itself.
  Descriptor uncompressed(Digest diffId) {
    long size =
        layers
            .info(diffId)
            .orElseThrow(() -> GraftException.notFound("layer " + diffId + " is not here"))
            .tarSize();
    return new Descriptor(MediaTypes.OCI_LAYER, diffId, size);
  }

  InputStream tar(Digest diffId) throws IOException {
    return layers.tar(diffId);
  }

  void remember(Digest diffId, Packing packing, Descriptor made) {
    Key key = new Key(diffId, packing.name());
    packed.put(key, new Blob(made.digest(), made.size()));
    db.put(KIND, key.toString(), made.digest() + " " + made.size());
  }
}
