package graft.images;

import graft.content.ContentStore;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.Leases.Lease;
import graft.images.Progress.Phase;
import graft.layer.Compression;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Repository;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;

/// From a registry to an image of this machine. Documents first; then each layer is downloaded
/// (verified, resumable) and unpacked, several at once; then one sync; the record and the name come
/// last. A pull that is cut off anywhere leaves nothing to be seen, and the parts of its downloads
/// for the next try.
final class Pull {
  /// Downloads at once. More than a few win nothing on one link and fill memory with buffers.
  private static final int AT_ONCE = 4;

  private static final long MAX_DOCUMENT = 8L * 1024 * 1024;

  /// What a pull brought. `newer` is false where the image was here under this digest already.
  record Result(ImageRecord image, Digest digest, boolean newer) {}

  private final ContentStore content;
  private final LayerStore layers;
  private final Catalog catalog;
  private final Leases leases;

  private final Predicate<Digest> toBeReplaced;

  /// @param toBeReplaced layers that are here, but damaged
  Pull(
      ContentStore content,
      LayerStore layers,
      Catalog catalog,
      Leases leases,
      Predicate<Digest> toBeReplaced) {
    this.content = content;
    this.layers = layers;
    this.catalog = catalog;
    this.leases = leases;
    this.toBeReplaced = toBeReplaced;
  }

  Result pull(Repository repository, Reference wanted, Platform platform, Progress progress)
      throws IOException, InterruptedException {
    Document top = repository.resolve(wanted).document();
    Digest digest = top.raw().digest();
    Document.Manifest manifest = manifest(repository, top, wanted, platform);
    progress.begins(wanted, digest);
    ImageConfig config = config(repository, manifest);
    Image image = new Image(manifest, config);
    boolean known = catalog.byId(config.id()).isPresent();
    try (Lease lease = leases.lease()) {
      lease.hold(config.diffIds());
      lease.hold(blobs(top, manifest));
      layers(repository, image, progress);
      content.put(top.mediaType(), top.raw().bytes());
      content.put(manifest.mediaType(), manifest.raw().bytes());
      content.put(manifest.config().mediaType(), config.raw().bytes());
      boolean names = wanted.tag().isPresent() && wanted.digest().isEmpty();
      Optional<Digest> before = Optional.ofNullable(catalog.picture().byName().get(wanted));
      boolean moved = names ? before.filter(config.id()::equals).isEmpty() : !known;
      ImageRecord record =
          catalog.add(record(top, image, wanted), names ? List.of(wanted) : List.of());
      return new Result(record, digest, moved || !known);
    }
  }

  private Document.Manifest manifest(
      Repository repository, Document top, Reference wanted, Platform platform) throws IOException {
    return switch (top) {
      case Document.Manifest m -> m;
      case Document.Index index -> {
        Descriptor chosen = select(index, platform, wanted);
        Document inner = repository.manifest(chosen.digest()).document();
        if (!(inner instanceof Document.Manifest m)) {
          throw GraftException.corrupt(
              "the index of " + wanted.familiar() + " names an index for " + platform);
        }
        yield m;
      }
    };
  }

  static Descriptor select(Document.Index index, Platform platform, Reference wanted) {
    return index
        .select(platform)
        .orElseThrow(() ->
            GraftException.notFound(
                "no matching manifest for "
                    + platform
                    + " in the manifest list entries: "
                    + wanted.familiar()));
  }

  private ImageConfig config(Repository repository, Document.Manifest manifest) throws IOException {
    Descriptor d = manifest.config();
    if (d.size() > MAX_DOCUMENT) {
      throw GraftException.corrupt(
          "the config "
              + d.digest()
              + " claims "
              + d.size()
              + " bytes; the limit is "
              + MAX_DOCUMENT);
    }
    if (content.info(d.digest()).isEmpty()) {
      repository.download(d, content, graft.registry.Progress.NONE);
    }
    return ImageConfig.parse(content.read(d.digest(), MAX_DOCUMENT));
  }

  private static Set<Digest> blobs(Document top, Document.Manifest manifest) {
    Set<Digest> all = new HashSet<>();
    all.add(top.raw().digest());
    all.add(manifest.raw().digest());
    all.add(manifest.config().digest());
    manifest.layers().forEach(l -> all.add(l.digest()));
    return all;
  }

  private void layers(Repository repository, Image image, Progress progress)
      throws IOException, InterruptedException {
    List<Image.Layer> all = image.layers();
    List<Digest> diffIds = image.config().diffIds();
    Semaphore turns = new Semaphore(AT_ONCE);
    Set<Digest> seen = new HashSet<>();
    List<Future<?>> running = new ArrayList<>();
    try (LayerStore.Batch batch = layers.begin();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < all.size(); i++) {
        Image.Layer layer = all.get(i);
        Digest blob = layer.blob().digest();
        if (!seen.add(layer.diffId())) {
          continue;
        }
        if (layers.info(layer.diffId()).isPresent()) {
          if (!toBeReplaced.test(layer.diffId())) {
            progress.layer(blob, Phase.EXISTS, 0, 0);
            continue;
          }
          layers.delete(layer.diffId());
        }
        progress.layer(blob, Phase.WAITING, 0, 0);
        List<Digest> below = List.copyOf(diffIds.subList(0, i)).reversed();
        running.add(
            threads.submit(() -> {
              turns.acquire();
              try {
                layer(repository, batch, layer, below, progress);
              } finally {
                turns.release();
              }
              return null;
            }));
      }
      join(running, threads);
      batch.commit();
    }
  }

  private void layer(
      Repository repository,
      LayerStore.Batch batch,
      Image.Layer layer,
      List<Digest> below,
      Progress progress)
      throws IOException {
    Descriptor blob = layer.blob();
    if (!MediaTypes.isLayer(blob.mediaType())) {
      throw GraftException.invalid(
          "layer " + blob.digest() + " is of the unsupported type " + blob.mediaType());
    }
    boolean here = content.info(blob.digest()).isPresent();
    if (!here) {
      download(repository, blob, progress);
    }
    progress.layer(blob.digest(), Phase.DOWNLOADED, 0, 0);
    try {
      unpack(batch, layer, below, progress);
    } catch (GraftException e) {
      if (!here || e.kind() != GraftException.Kind.CORRUPT) {
        throw e;
      }
      // What was here may have been damaged where it lay.
      content.delete(blob.digest());
      download(repository, blob, progress);
      unpack(batch, layer, below, progress);
    }
    progress.layer(blob.digest(), Phase.COMPLETE, 0, 0);
  }

  private void download(Repository repository, Descriptor blob, Progress progress)
      throws IOException {
    repository.download(
        blob,
        content,
        (done, total) -> progress.layer(blob.digest(), Phase.DOWNLOADING, done, total));
    progress.layer(blob.digest(), Phase.VERIFYING, 0, 0);
  }

  private void unpack(
      LayerStore.Batch batch, Image.Layer layer, List<Digest> below, Progress progress)
      throws IOException {
    Descriptor blob = layer.blob();
    try (InputStream packed = content.open(blob.digest());
        InputStream tar = Compression.decompress(packed)) {
      batch.add(
          Optional.of(layer.diffId()),
          tar,
          below,
          done -> progress.layer(blob.digest(), Phase.EXTRACTING, done, 0));
    }
  }

  /// Waits for all; the first failure stops the others and is thrown.
  private static void join(List<Future<?>> running, ExecutorService threads)
      throws IOException, InterruptedException {
    for (Future<?> one : running) {
      AtOnce.result(one, threads);
    }
  }

  private ImageRecord record(Document top, Image image, Reference wanted) {
    long size = 0;
    for (Digest diffId : image.config().diffIds()) {
      size += layers.info(diffId).map(LayerStore.Info::size).orElse(0L);
    }
    return RecordOf.image(
        image,
        size,
        Optional.empty(),
        List.of(wanted.withDigest(top.raw().digest())),
        List.copyOf(blobs(top, image.manifest())),
        Instant.now(),
        Map.of());
  }
}
