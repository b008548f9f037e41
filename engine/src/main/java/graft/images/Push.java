package graft.images;

import graft.content.ContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.Progress.Phase;
import graft.layer.GzipInput;
import graft.layer.GzipPacker;
import graft.linux.Libdeflate;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import graft.registry.BlobSource;
import graft.registry.Repository;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// From an image of this machine to a registry: layers first, several at once, then the config, the
/// manifest last.
///
/// An image that was pulled is pushed as it was: the same manifest, the same digest. A layer that
/// was made here exists uncompressed; it is packed while it is sent, and the manifest is written
/// anew with the packed layer. Which blob a layer became is remembered, so that it is packed once
/// and the next push finds it there.
final class Push {
  private static final String KIND = "packed";
  private static final int AT_ONCE = 4;
  private static final GzipPacker PACKER =
      Libdeflate.find().<GzipPacker>map(library -> library::gzip).orElse(GzipPacker.ZLIB);

  private final ContentStore content;
  private final LayerStore layers;
  private final Catalog catalog;
  private final Db db;

  /// diffID → blob digest, size.
  private final Map<Digest, Descriptor> packed = new ConcurrentHashMap<>();

  Push(ContentStore content, LayerStore layers, Catalog catalog, Db db) {
    this.content = content;
    this.layers = layers;
    this.catalog = catalog;
    this.db = db;
    db.all(KIND)
        .forEach((diffId, body) -> {
          String[] parts = body.split(" ");
          packed.put(
              Digest.parse(diffId),
              new Descriptor(
                  MediaTypes.OCI_LAYER_GZIP, Digest.parse(parts[0]), Long.parseLong(parts[1])));
        });
  }

  Descriptor push(
      Repository repository, Reference name, ImageRecord record, Image image, Progress progress)
      throws IOException, InterruptedException {
    progress.begins(name, record.manifest().digest());
    List<String> siblings = siblings(name, record);
    Map<Digest, Descriptor> sent = new LinkedHashMap<>();
    Map<Digest, Future<Descriptor>> running = new LinkedHashMap<>();
    Semaphore turns = new Semaphore(AT_ONCE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Image.Layer layer : image.layers()) {
        running.computeIfAbsent(
            layer.diffId(),
            _ -> {
              progress.layer(layer.diffId(), Phase.PREPARING, 0, 0);
              return threads.submit(() -> {
                turns.acquire();
                try {
                  return layer(repository, layer, siblings, progress);
                } finally {
                  turns.release();
                }
              });
            });
      }
      for (Map.Entry<Digest, Future<Descriptor>> e : running.entrySet()) {
        sent.put(e.getKey(), result(e.getValue(), threads));
      }
    }
    Document.Manifest manifest = manifest(image, sent);
    repository.push(
        image.manifest().config(),
        BlobSource.of(content, image.config().id()),
        siblings,
        graft.registry.Progress.NONE);
    Descriptor pushed = repository.push(manifest, name.tag());
    remember(name, record, manifest, pushed);
    return pushed;
  }

  private static Descriptor result(Future<Descriptor> future, ExecutorService threads)
      throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      threads.shutdownNow();
      switch (e.getCause()) {
        case IOException io -> throw io;
        case InterruptedException interrupted -> throw interrupted;
        case RuntimeException r -> throw r;
        case Error error -> throw error;
        case null, default -> throw new IOException(e);
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      throw e;
    }
  }

  /// Repositories of the same registry that have this image, or one it shares layers with: from
  /// there blobs can be mounted instead of sent.
  private List<String> siblings(Reference name, ImageRecord record) {
    return catalog.picture().list().stream()
        .filter(other -> other.diffIds().stream().anyMatch(record.diffIds()::contains))
        .flatMap(other -> other.digests().stream())
        .filter(d -> d.registry().equals(name.registry()))
        .map(Reference::repository)
        .filter(r -> !r.equals(name.repository()))
        .distinct()
        .limit(3)
        .toList();
  }

  private Descriptor layer(
      Repository repository, Image.Layer layer, List<String> siblings, Progress progress)
      throws IOException {
    Digest shown = layer.diffId();
    Descriptor blob = layer.blob();
    if (content.info(blob.digest()).isPresent()) {
      return known(
          repository, blob, BlobSource.of(content, blob.digest()), siblings, shown, progress);
    }
    Descriptor before = packed.get(layer.diffId());
    for (Descriptor candidate : candidates(blob, layer.diffId(), before)) {
      if (repository.hasBlob(candidate.digest())) {
        progress.layer(shown, Phase.EXISTS, 0, 0);
        return candidate;
      }
    }
    if (before != null && repository.mount(before.digest(), siblings)) {
      progress.layer(shown, Phase.MOUNTED, 0, 0);
      return before;
    }
    // Packed anew: another version of the library would give other bytes than before.
    long total = layers.info(layer.diffId()).map(LayerStore.Info::tarSize).orElse(0L);
    progress.layer(shown, Phase.PUSHING, 0, total);
    Descriptor made;
    try (InputStream in = new GzipInput(layers.tar(layer.diffId()), PACKER)) {
      made =
          repository.push(
              MediaTypes.OCI_LAYER_GZIP,
              in,
              (done, _) -> progress.layer(shown, Phase.PUSHING, Math.min(done, total), total));
    }
    packed.put(layer.diffId(), made);
    db.put(KIND, layer.diffId().toString(), made.digest() + " " + made.size());
    progress.layer(shown, Phase.PUSHED, 0, 0);
    return made;
  }

  private static List<Descriptor> candidates(
      Descriptor blob, Digest diffId, @Nullable Descriptor before) {
    List<Descriptor> all = new ArrayList<>();
    if (!blob.digest().equals(diffId)) {
      all.add(blob);
    }
    if (before != null) {
      all.add(before);
    }
    return all;
  }

  private static Descriptor known(
      Repository repository,
      Descriptor blob,
      BlobSource source,
      List<String> siblings,
      Digest shown,
      Progress progress) {
    Repository.Pushed how =
        repository.push(
            blob,
            source,
            siblings,
            (done, total) -> progress.layer(shown, Phase.PUSHING, done, total));
    progress.layer(
        shown,
        switch (how) {
          case EXISTS -> Phase.EXISTS;
          case MOUNTED -> Phase.MOUNTED;
          case UPLOADED -> Phase.PUSHED;
        },
        0,
        0);
    return blob;
  }

  /// The image's own manifest where all its layers went out as they are, else one that names what
  /// went out.
  private static Document.Manifest manifest(Image image, Map<Digest, Descriptor> sent) {
    List<Descriptor> blobs = new ArrayList<>();
    boolean same = true;
    for (Image.Layer layer : image.layers()) {
      Descriptor out = sent.get(layer.diffId());
      if (out == null) {
        throw GraftException.internal("layer " + layer.diffId() + " was not sent", null);
      }
      blobs.add(out);
      same &= out.digest().equals(layer.blob().digest());
    }
    if (same) {
      return image.manifest();
    }
    Descriptor config =
        new Descriptor(
            MediaTypes.OCI_CONFIG,
            image.manifest().config().digest(),
            image.manifest().config().size());
    return Document.Manifest.create(config, blobs, image.manifest().annotations());
  }

  private void remember(
      Reference name, ImageRecord record, Document.Manifest manifest, Descriptor pushed)
      throws IOException {
    content.put(manifest.mediaType(), manifest.raw().bytes());
    Reference digest = name.withDigest(pushed.digest());
    Optional<ImageRecord> updated =
        catalog.update(
            record.id(),
            now ->
                now.with(
                    now.names(),
                    Stream.concat(
                            now.digests().stream().filter(d -> !d.equals(digest)),
                            Stream.of(digest))
                        .sorted((a, b) -> a.toString().compareTo(b.toString()))
                        .toList(),
                    Stream.concat(now.blobs().stream(), Stream.of(pushed.digest()))
                        .distinct()
                        .toList(),
                    now.tagged()));
    if (updated.isEmpty()) {
      content.delete(pushed.digest());
    }
  }
}
