package graft.images;

import graft.content.ContentStore;
import graft.oci.Digest;
import graft.snapshot.LayerStore;
import graft.trash.Trash;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/// Deletes layers and blobs that nothing needs any more: after the removal of an image just what
/// that image had, at the start of the engine whatever no image and no container names.
final class Sweep {
  private static final Duration RESUMABLE = Duration.ofDays(7);

  private final Catalog catalog;
  private final ContentStore content;
  private final LayerStore layers;
  private final Leases leases;
  private final Supplier<List<Digest>> layersOfContainers;
  private final Trash trash;

  Sweep(
      Catalog catalog,
      ContentStore content,
      LayerStore layers,
      Leases leases,
      Supplier<List<Digest>> layersOfContainers,
      Trash trash) {
    this.catalog = catalog;
    this.content = content;
    this.layers = layers;
    this.leases = leases;
    this.layersOfContainers = layersOfContainers;
    this.trash = trash;
  }

  /// Deletes what the removed image alone had, unless the trash holds it; returns the chain IDs of
  /// its layers that no image and no container has any more, topmost first, as Docker lists them.
  List<Digest> after(ImageRecord image) throws IOException {
    // Topmost first: a layer may be kept as the difference to one below it.
    Set<Digest> candidates = new LinkedHashSet<>(image.diffIds().reversed());
    candidates.addAll(image.holds());
    Set<Digest> used = used();
    delete(new ArrayList<>(candidates));
    List<Digest> chains = ChainIds.of(image.diffIds());
    List<Digest> deleted = new ArrayList<>();
    for (int i = chains.size() - 1; i >= 0; i--) {
      if (!used.contains(image.diffIds().get(i))) {
        deleted.add(chains.get(i));
      }
    }
    return deleted;
  }

  /// Deletes everything that is neither named nor leased; returns how many things went. Parts of
  /// downloads stay a while, since their pull may be tried again.
  int all() throws IOException {
    content.dropPartsBefore(Instant.now().minus(RESUMABLE).toEpochMilli());
    Set<Digest> candidates = new LinkedHashSet<>();
    layers.list().forEach(l -> candidates.add(l.diffId()));
    try (var blobs = content.list()) {
      blobs.forEach(b -> candidates.add(b.digest()));
    }
    return delete(new ArrayList<>(candidates)).size();
  }

  /// Deletes those of them that nothing needs.
  void unneeded(List<Digest> candidates) throws IOException {
    delete(candidates);
  }

  private List<Digest> delete(List<Digest> candidates) throws IOException {
    List<Digest> doomed = leases.condemn(candidates, this::inUse);
    try {
      for (Digest digest : doomed) {
        content.delete(digest);
      }
      for (Digest digest : doomed) {
        layers.delete(digest);
      }
    } finally {
      leases.spent(doomed);
    }
    return doomed;
  }

  private Set<Digest> inUse() {
    Set<Digest> all = used();
    trash.held().forEach(digest -> all.add(Digest.parse(digest)));
    return all;
  }

  private Set<Digest> used() {
    Set<Digest> used = new HashSet<>(layersOfContainers.get());
    catalog.picture().byId().values().forEach(image -> used.addAll(image.holds()));
    return used;
  }
}
