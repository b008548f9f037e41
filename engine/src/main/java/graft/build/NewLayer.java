package graft.build;

import graft.images.Leases;
import graft.oci.Digest;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A layer that a step made.
///
/// @param size of its files, in bytes
record NewLayer(Digest diffId, long size) {
  private static final int PIPE = 1 << 20;

  /// Writes the tar of a layer.
  interface ChangeSet {
    void writeTo(OutputStream tar) throws IOException, InterruptedException;
  }

  /// Packed on one thread and unpacked into the store on another: the tar exists only in between.
  /// The layer is durable and held when this returns.
  ///
  /// @param below bottom first
  static NewLayer store(
      LayerStore layers, Leases.Lease lease, List<Digest> below, ChangeSet changes)
      throws IOException, InterruptedException {
    PipedInputStream tar = new PipedInputStream(PIPE);
    try (LayerStore.Batch batch = layers.begin();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      PipedOutputStream out = new PipedOutputStream(tar);
      Future<?> packing =
          threads.submit(() -> {
            try (out) {
              changes.writeTo(out);
            }
            return null;
          });
      LayerStore.Info info;
      try {
        info = batch.add(Optional.empty(), tar, below.reversed(), _ -> {});
      } catch (IOException | RuntimeException e) {
        tar.close(); // else the packer would wait for ever
        throw whyNot(packing, e);
      }
      packing.get();
      lease.hold(List.of(info.diffId()));
      if (layers.info(info.diffId()).isEmpty()) {
        batch.commit();
      }
      return new NewLayer(info.diffId(), info.size());
    } catch (ExecutionException e) {
      throw unwrapped(e);
    }
  }

  /// A packer that failed leaves a cut-off tar: its own failure says more than the reader's.
  private static IOException whyNot(Future<?> packing, Exception seen)
      throws InterruptedException, IOException {
    try {
      packing.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException r) {
        throw r;
      }
      if (e.getCause() instanceof IOException io && !"Pipe closed".equals(io.getMessage())) {
        throw io;
      }
    }
    if (seen instanceof RuntimeException r) {
      throw r;
    }
    return (IOException) seen;
  }

  private static IOException unwrapped(ExecutionException e) {
    if (e.getCause() instanceof RuntimeException r) {
      throw r;
    }
    return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
  }
}
