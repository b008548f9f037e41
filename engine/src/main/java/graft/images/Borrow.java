package graft.images;

import graft.error.GraftException;
import graft.image.Image;
import graft.layer.Compression;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.snapshot.LayerStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An image out of a store of blobs that somebody else has: its layers are brought here, and it is
/// known to nobody but whoever holds them.
final class Borrow {
  private static final int MAX_DEPTH = 4;

  private final LayerStore layers;
  private final BlobReader blobs;

  Borrow(LayerStore layers, BlobReader blobs) {
    this.layers = layers;
    this.blobs = blobs;
  }

  /// @param top an index or a manifest
  /// @param lease holds the layers
  Images.Borrowed run(Digest top, Platform platform, Leases.Lease lease, Progress progress)
      throws IOException, InterruptedException {
    Document.Manifest manifest = manifest(top, platform, 0);
    ImageConfig config = ImageConfig.parse(document(manifest.config()));
    Image image = new Image(manifest, config);
    lease.hold(config.diffIds());
    try (LayerStore.Batch batch = layers.begin()) {
      var _ =
          AtOnce.each(
              image.layers(),
              layer -> {
                unpack(batch, image, layer, progress);
                return layer.blob();
              });
      batch.commit();
    }
    long size = 0;
    for (Digest diffId : config.diffIds()) {
      size += layers.info(diffId).map(LayerStore.Info::size).orElse(0L);
    }
    ImageRecord record =
        RecordOf.image(
            image, size, Optional.empty(), List.of(), List.of(), Instant.now(), Map.of());
    return new Images.Borrowed(record, image);
  }

  private byte[] document(Descriptor blob) throws IOException, InterruptedException {
    if (blob.size() > Opened.MAX_DOCUMENT) {
      throw GraftException.corrupt(
          blob.digest() + " claims " + blob.size() + " bytes, too many for a document");
    }
    try (InputStream in = blobs.open(blob)) {
      // One more than there is, so that the end is reached and the digest checked.
      byte[] bytes = in.readNBytes((int) blob.size() + 1);
      if (bytes.length != blob.size()) {
        throw GraftException.corrupt(blob.digest() + " has not the size that it claims");
      }
      return bytes;
    }
  }

  private Document.Manifest manifest(Digest digest, Platform platform, int depth)
      throws IOException, InterruptedException {
    if (depth > MAX_DEPTH) {
      throw GraftException.corrupt("the indexes of the layout are nested too deeply");
    }
    long size =
        blobs
            .size(digest)
            .orElseThrow(() -> GraftException.notFound("the layout has no blob " + digest));
    return switch (Document.parse(document(new Descriptor("", digest, size)), "")) {
      case Document.Manifest manifest -> manifest;
      case Document.Index index -> manifest(select(index, platform), platform, depth + 1);
    };
  }

  private static Digest select(Document.Index index, Platform platform) {
    return index
        .select(platform)
        .or(() ->
            index.manifests().stream().filter(m -> MediaTypes.isIndex(m.mediaType())).findFirst())
        .map(Descriptor::digest)
        .orElseThrow(
            () -> GraftException.notFound("the layout has no image for the platform " + platform));
  }

  private void unpack(LayerStore.Batch batch, Image image, Image.Layer layer, Progress progress)
      throws IOException, InterruptedException {
    if (layers.info(layer.diffId()).isPresent()) {
      return;
    }
    Descriptor blob = layer.blob();
    if (!MediaTypes.isLayer(blob.mediaType())) {
      throw GraftException.invalid(
          "layer " + blob.digest() + " is of the unsupported type " + blob.mediaType());
    }
    List<Digest> all = image.config().diffIds();
    List<Digest> below = all.subList(0, all.indexOf(layer.diffId())).reversed();
    try (InputStream packed = new BufferedInputStream(blobs.open(blob));
        InputStream tar = Compression.decompress(packed)) {
      batch.add(
          Optional.of(layer.diffId()),
          tar,
          below,
          done -> progress.layer(layer.diffId(), Progress.Phase.EXTRACTING, done, 0));
      // To the end, where it shows whether these were the bytes of that digest.
      packed.transferTo(OutputStream.nullOutputStream());
    }
    progress.layer(layer.diffId(), Progress.Phase.COMPLETE, 0, 0);
  }
}
