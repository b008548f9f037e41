package graft.images;

import graft.archive.LayoutWriter;
import graft.content.ContentStore;
import graft.image.Bundle;
import graft.image.Image;
import graft.images.Progress.Phase;
import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/// Images with all their layers packed, to be taken elsewhere as files. What had to be packed for
/// that is gone when this is closed.
public final class Packed implements AutoCloseable {
  private static final int BUFFER = 256 * 1024;

  private final ContentStore content;
  private final PackedLayers layers;
  private final Export export;
  private final Bundle bundle;
  private final Brought brought;

  private Packed(
      ContentStore content, PackedLayers layers, Export export, Bundle bundle, Brought brought) {
    this.content = content;
    this.layers = layers;
    this.export = export;
    this.bundle = bundle;
    this.brought = brought;
  }

  /// @param brought is closed with the result, or by a failure
  static Packed of(
      ContentStore content, PackedLayers layers, Brought brought, Export export, Progress progress)
      throws IOException, InterruptedException {
    boolean done = false;
    try {
      Bundle bundle =
          export.bundle(
              AtOnce.each(
                  export.layers(),
                  layer -> pack(content, layers, brought, layer, export.packing(), progress)));
      Packed packed = new Packed(content, layers, export, bundle, brought);
      done = true;
      return packed;
    } finally {
      if (!done) {
        brought.close();
      }
    }
  }

  private static Descriptor pack(
      ContentStore content,
      PackedLayers layers,
      Brought brought,
      Image.Layer layer,
      Packing packing,
      Progress progress)
      throws IOException, InterruptedException {
    var original = layers.original(layer, packing);
    if (original.isPresent()) {
      synchronized (brought) {
        brought.hold(List.of(original.get().digest()));
      }
      if (content.info(original.get().digest()).isPresent()) {
        progress.layer(layer.diffId(), Phase.EXISTS, 0, 0);
        return original.get();
      }
    }
    if (packing.form() == Packing.Form.UNCOMPRESSED) {
      // That the layer store has; a blob of the same digest would be taken for the layer.
      return layers.uncompressed(layer.diffId());
    }
    while (true) {
      Descriptor made;
      try (InputStream in = layers.open(layer.diffId(), packing);
          ContentStore.Ingest ingest = content.ingest()) {
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          ingest.write(ByteBuffer.wrap(buffer, 0, n));
          progress.layer(layer.diffId(), Phase.PREPARING, ingest.offset(), 0);
        }
        long size = ingest.offset();
        made = new Descriptor(packing.mediaType(), ingest.commit(), size);
      }
      synchronized (brought) {
        brought.hold(List.of(made.digest()));
      }
      // Another export of the same layer may have ended in between and taken it away.
      if (content.info(made.digest()).isPresent()) {
        progress.layer(layer.diffId(), Phase.COMPLETE, made.size(), made.size());
        return made;
      }
    }
  }

  public Bundle bundle() {
    return bundle;
  }

  /// One of the layers of the bundle.
  public InputStream open(Digest blob) throws IOException {
    return content.info(blob).isPresent() ? content.open(blob) : layers.tar(blob);
  }

  /// As an OCI layout in a tar; leaves the stream open.
  ///
  /// @param docker also for readers that know Docker's archives only
  public void writeTo(OutputStream out, boolean docker) throws IOException {
    LayoutWriter.write(bundle, export.names(), docker, this::open, out);
  }

  @Override
  public void close() throws IOException {
    brought.close();
  }
}
