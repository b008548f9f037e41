package graft.images;

import graft.content.ContentStore;
import graft.error.GraftException;
import graft.layer.VerifyingInputStream;
import graft.oci.Digest;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Reads everything that is kept under a digest, and says of each thing whether it still has that
/// digest. A disk that lies, or a hand in the data root, is found by nothing else: layers are
/// verified when they come in, and not when they are mounted.
public final class Verify {
  public enum Kind {
    LAYER,
    BLOB
  }

  /// @param size bytes of a layer's tar, or of a blob
  /// @param problem what is wrong, empty if nothing is
  public record Checked(Kind kind, Digest digest, long size, Optional<String> problem) {}

  /// Hears of each thing as it is done.
  public interface Listener {
    void checked(Checked thing) throws IOException;
  }

  private final ContentStore content;
  private final LayerStore layers;

  Verify(ContentStore content, LayerStore layers) {
    this.content = content;
    this.layers = layers;
  }

  /// In the order of the digests, layers first. What is removed meanwhile is passed over.
  void all(Listener listener) throws IOException {
    List<LayerStore.Info> here =
        layers.list().stream().sorted(Comparator.comparing(LayerStore.Info::diffId)).toList();
    for (LayerStore.Info layer : here) {
      Optional<String> problem = layer(layer.diffId());
      if (layers.info(layer.diffId()).isPresent()) {
        listener.checked(new Checked(Kind.LAYER, layer.diffId(), layer.tarSize(), problem));
      }
    }
    List<ContentStore.Info> blobs;
    try (var all = content.list()) {
      blobs = all.sorted(Comparator.comparing(ContentStore.Info::digest)).toList();
    }
    for (ContentStore.Info blob : blobs) {
      Optional<String> problem = blob(blob);
      if (content.info(blob.digest()).isPresent()) {
        listener.checked(new Checked(Kind.BLOB, blob.digest(), blob.size(), problem));
      }
    }
  }

  private Optional<String> layer(Digest diffId) {
    try {
      return layers.verify(diffId)
          ? Optional.empty()
          : Optional.of("its files no longer give the bytes of its digest");
    } catch (IOException e) {
      return Optional.of("it cannot be read: " + e.getMessage());
    } catch (GraftException e) {
      return Optional.of(e.text());
    }
  }

  private Optional<String> blob(ContentStore.Info blob) {
    try (InputStream in =
        new VerifyingInputStream(content.open(blob.digest()), blob.size(), blob.digest())) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("it cannot be read: " + e.getMessage());
    } catch (GraftException e) {
      return Optional.of(e.text());
    }
  }
}
