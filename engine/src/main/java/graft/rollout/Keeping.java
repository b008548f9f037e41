package graft.rollout;

import graft.db.Db;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Leases;
import graft.images.Ready;
import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How the images that a roll-out makes are kept: at once where something is to run in them, and
/// else many in one transaction, since a transaction each would be most of what is written for
/// them.
///
/// Closed, it lets go of those that were never recorded, with their layers.
final class Keeping implements AutoCloseable {
  /// So many wait at most.
  private static final int MOST = 64;

  /// What is to be kept.
  ///
  /// @param patch its uppermost layer, if it has to be written
  record Product(
      Image image, Optional<PatchLayer> patch, ImageRecord base, Optional<Images.Recipe> recipe) {}

  /// Hears what became of those that waited, from whatever thread.
  interface Listener {
    void kept(Plan.Node node, ImageRecord image);

    void failed(Plan.Node node, GraftException why);
  }

  private record Waiting(Plan.Node node, Held held) {}

  /// One whose layers and documents are here.
  private final class Held implements AutoCloseable {
    final Ready image;
    private final Leases.Lease lease;
    private final List<Digest> written;
    private boolean kept;

    Held(Ready image, Leases.Lease lease, List<Digest> written) {
      this.image = image;
      this.lease = lease;
      this.written = written;
    }

    List<Db.Change> along() {
      Digest id = image.record().id();
      return rooms.images().byId(id).isEmpty() ? List.of(generations.makingAlong(id)) : List.of();
    }

    @Override
    public void close() throws IOException {
      try (lease;
          image) {
        // Only to close them, in this order.
      }
      if (!kept) {
        rooms.images().dropUnneeded(written);
      }
    }
  }

  private final Rooms rooms;
  private final Generations generations;
  private final Listener listener;
  private List<Waiting> waiting = new ArrayList<>();

  Keeping(Rooms rooms, Generations generations, Listener listener) {
    this.rooms = rooms;
    this.generations = generations;
    this.listener = listener;
  }

  /// Kept when this returns.
  ImageRecord now(Product product) throws IOException, InterruptedException {
    try (Held held = held(product)) {
      return keep(List.of(held)).getFirst();
    }
  }

  /// Kept after the next [#flush], or before.
  void later(Plan.Node node, Product product) throws IOException, InterruptedException {
    Held held = held(product);
    boolean many;
    synchronized (this) {
      waiting.add(new Waiting(node, held));
      many = waiting.size() >= MOST;
    }
    if (many) {
      flush();
    }
  }

  /// Keeps all that wait, or none of them, and says so.
  void flush() throws IOException {
    List<Waiting> all = taken();
    if (all.isEmpty()) {
      return;
    }
    try {
      List<ImageRecord> images = keep(all.stream().map(Waiting::held).toList());
      for (int i = 0; i < all.size(); i++) {
        listener.kept(all.get(i).node(), images.get(i));
      }
    } catch (GraftException e) {
      all.forEach(w -> listener.failed(w.node(), e));
    } finally {
      close(all);
    }
  }

  private synchronized List<Waiting> taken() {
    List<Waiting> all = waiting;
    waiting = new ArrayList<>();
    return all;
  }

  private List<ImageRecord> keep(List<Held> all) {
    List<ImageRecord> images =
        rooms
            .images()
            .keep(
                all.stream().map(h -> h.image).toList(),
                all.stream().flatMap(h -> h.along().stream()).toList());
    all.forEach(h -> h.kept = true);
    return images;
  }

  private Held held(Product product) throws IOException, InterruptedException {
    List<Digest> layers = product.image().config().diffIds();
    List<Digest> written = new ArrayList<>();
    Leases.Lease lease = rooms.images().leases().lease();
    try {
      lease.hold(layers);
      if (product.patch().isPresent()) {
        PatchLayer patch = product.patch().get();
        written.add(patch.diffId());
        write(patch, layers.subList(0, layers.size() - 1));
      }
      Ready ready = rooms.images().ready(product.image(), product.base().id(), product.recipe());
      return new Held(ready, lease, written);
    } catch (Throwable e) {
      lease.close();
      rooms.images().dropUnneeded(written);
      throw e;
    }
  }

  /// There and to be used when this returns; durable when the image is ready.
  private void write(PatchLayer patch, List<Digest> below) throws IOException {
    rooms.layers().keep(patch.diffId(), patch.tar(), below.reversed(), patch.like());
    if (patch.isTold()) {
      rooms.facts().given(patch.facts());
    }
  }

  @Override
  public void close() throws IOException {
    close(taken());
  }

  private static void close(List<Waiting> all) throws IOException {
    IOException trouble = null;
    for (Waiting one : all) {
      try {
        one.held().close();
      } catch (IOException e) {
        trouble = e;
      }
    }
    if (trouble != null) {
      throw trouble;
    }
  }
}
