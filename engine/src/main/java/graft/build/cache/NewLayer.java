package graft.build.cache;

import graft.build.source.Piped;
import graft.images.Leases;
import graft.oci.Digest;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// A layer that a step made.
///
/// @param size of its files, in bytes
/// @param identity names its content, where that was known before its bytes were; see
///   [Copier#identity]
public record NewLayer(Digest diffId, long size, Optional<Digest> identity) {
  /// Packed on one thread and unpacked into the store on another. The layer is there and held when
  /// this returns; it is durable when an image is kept that has it.
  ///
  /// @param below bottom first
  public static NewLayer store(
      LayerStore layers, Leases.Lease lease, List<Digest> below, Piped.Writer changes)
      throws IOException, InterruptedException {
    try (LayerStore.Batch batch = layers.begin()) {
      LayerStore.Info info =
          Piped.run(changes, tar -> batch.add(Optional.empty(), tar, below.reversed(), _ -> {}));
      lease.hold(List.of(info.diffId()));
      if (layers.info(info.diffId()).isEmpty()) {
        batch.publish();
      }
      return new NewLayer(info.diffId(), info.size(), Optional.empty());
    }
  }

  public NewLayer named(Optional<Digest> identity) {
    return new NewLayer(diffId, size, identity);
  }
}
