package graft.images;

import graft.content.ContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.image.Change;
import graft.image.Changes;
import graft.image.Edits;
import graft.image.Image;
import graft.layer.Compression;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.ImageConfig.Settings;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;

/// How the tree grows: a root from the tar of a file system, a child from an image and a change
/// set. The new layer is in the store, durably, before the documents that name it; the record comes
/// last, the name after it.
public final class Growth {
  /// @param changes Dockerfile instructions (`CMD …`), as `docker import --change` takes them
  public record Import(
      Optional<Reference> name, String message, List<String> changes, Platform platform) {
    public Import {
      changes = List.copyOf(changes);
    }
  }

  /// What becomes of the base's settings, and what history says of it.
  ///
  /// @param base the image the change set was made on
  /// @param baseName the name it was used under, for `org.opencontainers.image.base.name`; empty if
  ///   none
  public record Commit(
      ImageRecord base,
      String baseName,
      Optional<Reference> name,
      History history,
      UnaryOperator<Settings> settings,
      ChangeSet changeSet,
      Recorded recipe) {}

  /// Says how a layer came to be that has just been made.
  public interface Recorded {
    /// Nothing is recorded.
    Recorded NOTHING = _ -> Optional.empty();

    /// @param layer empty if nothing was written
    Optional<Images.Recipe> of(Optional<Digest> layer);
  }

  /// Writes the tar of a change set.
  public interface ChangeSet {
    void writeTo(OutputStream tar) throws IOException;
  }

  /// A small blob that is to be written.
  private record Document(String type, byte[] bytes) {}

  private static final int PIPE = 1 << 20;
  private static final String RECIPE = "application/vnd.graft.recipe.v1+json";
  private static final String LIST = "application/vnd.graft.files.v1+json+zstd";

  private final ContentStore content;
  private final LayerStore layers;
  private final Catalog catalog;
  private final Leases leases;
  private final Sweep sweep;

  Growth(ContentStore content, LayerStore layers, Catalog catalog, Leases leases, Sweep sweep) {
    this.content = content;
    this.layers = layers;
    this.catalog = catalog;
    this.leases = leases;
    this.sweep = sweep;
  }

  /// A tar of any compression becomes an image of one layer.
  ImageRecord importTar(Import request, InputStream packed)
      throws IOException, InterruptedException {
    List<Change> changes = Changes.parse(request.changes());
    try (Brought brought = new Brought(leases, sweep);
        LayerStore.Batch batch = layers.begin();
        InputStream tar = Compression.decompress(packed)) {
      LayerStore.Info info = batch.add(Optional.empty(), tar, List.of(), _ -> {});
      brought.hold(List.of(info.diffId()));
      batch.commit();
      Instant now = Instant.now();
      String comment = request.message().isEmpty() ? "Imported from -" : request.message();
      Image image =
          Edits.append(
              Edits.fromScratch(request.platform()),
              layer(info),
              new History(Optional.of(now), "", "", comment, false),
              settings -> Changes.apply(changes, settings));
      return keep(brought, image, Optional.empty(), request.name(), Optional.empty());
    }
  }

  /// A layer as it is named by a manifest made here: uncompressed, so that both its names are one.
  private static Image.Layer layer(LayerStore.Info info) {
    return new Image.Layer(
        new Descriptor(MediaTypes.OCI_LAYER, info.diffId(), info.tarSize()), info.diffId());
  }

  ImageRecord commit(Commit request) throws IOException, InterruptedException {
    ImageRecord base = request.base();
    try (Brought brought = new Brought(leases, sweep)) {
      brought.hold(base.diffIds());
      brought.hold(base.blobs());
      LayerStore.Info info = store(brought, base, request.changeSet());
      Image parent = Opened.of(content, base);
      Image child =
          info.entries() == 0
              ? Edits.withConfig(parent, request.history(), request.settings())
              : Edits.append(parent, layer(info), request.history(), request.settings());
      Image named =
          Edits.withAnnotations(child, RecordOf.baseAnnotations(base, request.baseName()));
      return keep(
          brought,
          named,
          Optional.of(base.id()),
          request.name(),
          request.recipe().of(info.entries() == 0 ? Optional.empty() : Optional.of(info.diffId())));
    }
  }

  /// The upper is packed on one thread and unpacked into its own directory on another: the tar
  /// exists only in between, but its digest is the layer's name.
  private LayerStore.Info store(Brought brought, ImageRecord base, ChangeSet changes)
      throws IOException, InterruptedException {
    try (LayerStore.Batch batch = layers.begin();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        PipedInputStream tar = new PipedInputStream(PIPE)) {
      PipedOutputStream out = new PipedOutputStream(tar);
      Future<?> packing =
          threads.submit(() -> {
            try (out) {
              changes.writeTo(out);
            }
            return null;
          });
      LayerStore.Info info = batch.add(Optional.empty(), tar, base.topFirst(), _ -> {});
      packing.get();
      if (info.entries() > 0) {
        brought.hold(List.of(info.diffId()));
        batch.commit();
      }
      return info;
    } catch (ExecutionException e) {
      throw new IOException("cannot read the changes of the container: " + e.getMessage(), e);
    }
  }

  /// An image whose layers are here and held.
  ///
  /// @param parent to be recorded
  ImageRecord keep(
      Image image, Optional<Digest> parent, List<Reference> names, Optional<Images.Recipe> recipe)
      throws IOException, InterruptedException {
    try (Ready ready = ready(image, parent, names, recipe)) {
      return keep(List.of(ready), List.of()).getFirst();
    }
  }

  /// As far as the record: what it names is on disk before it.
  Ready ready(
      Image image, Optional<Digest> parent, List<Reference> names, Optional<Images.Recipe> recipe)
      throws IOException, InterruptedException {
    List<Digest> before =
        catalog.byId(image.config().id()).flatMap(ImageRecord::recipe).stream()
            .flatMap(r -> r.blobs().stream())
            .toList();
    Brought brought = new Brought(leases, sweep);
    try {
      brought.hold(before);
      ImageRecord record = write(brought, image, parent, recipe);
      return new Ready(brought, sweep, record, names, before);
    } catch (Throwable e) {
      brought.close();
      throw e;
    }
  }

  /// @param along see [Catalog#add]
  List<ImageRecord> keep(List<Ready> images, List<Db.Change> along) {
    List<ImageRecord> kept =
        catalog.add(
            images.stream().map(r -> new Catalog.Added(r.record(), r.names())).toList(), along);
    for (int i = 0; i < kept.size(); i++) {
      images.get(i).kept(kept.get(i));
    }
    return kept;
  }

  /// An image that is here gets a recipe.
  ImageRecord describe(ImageRecord image, Images.Recipe recipe)
      throws IOException, InterruptedException {
    try (Brought brought = new Brought(leases, sweep)) {
      Map<Digest, Document> documents = new LinkedHashMap<>();
      ImageRecord described = image.with(Optional.of(add(documents, recipe)));
      brought.hold(List.of(image.manifest().digest(), image.id()));
      brought.hold(documents.keySet());
      write(documents.values(), image.diffIds());
      ImageRecord record = catalog.add(described, List.of());
      brought.keep();
      return record;
    }
  }

  private ImageRecord keep(
      Brought brought,
      Image image,
      Optional<Digest> parent,
      Optional<Reference> name,
      Optional<Images.Recipe> recipe)
      throws IOException, InterruptedException {
    ImageRecord record = catalog.add(write(brought, image, parent, recipe), name.stream().toList());
    brought.keep();
    return record;
  }

  /// Writes the documents of an image.
  ///
  /// @return what is to be recorded
  private ImageRecord write(
      Brought brought, Image image, Optional<Digest> parent, Optional<Images.Recipe> recipe)
      throws IOException, InterruptedException {
    Map<Digest, Document> documents = new LinkedHashMap<>();
    Digest manifest = add(documents, image.manifest().mediaType(), image.manifest().raw().bytes());
    Digest config = add(documents, MediaTypes.OCI_CONFIG, image.config().raw().bytes());
    Optional<ImageRecord.Recipe> known =
        catalog.byId(image.config().id()).flatMap(ImageRecord::recipe);
    Optional<ImageRecord.Recipe> kept =
        recipe.map(r -> known.filter(k -> repeats(r, k)).orElseGet(() -> add(documents, r)));
    brought.hold(documents.keySet());
    write(documents.values(), image.config().diffIds());
    List<Digest> blobs = List.of(manifest, config);
    long size = 0;
    for (Digest diffId : image.config().diffIds()) {
      size += layers.info(diffId).map(LayerStore.Info::size).orElse(0L);
    }
    return RecordOf.image(image, size, parent, List.of(), blobs, Instant.now(), Map.of())
        .with(kept);
  }

  private static Digest add(Map<Digest, Document> documents, String type, byte[] bytes) {
    Digest digest = Digest.of(bytes);
    documents.put(digest, new Document(type, bytes));
    return digest;
  }

  private static ImageRecord.Recipe add(Map<Digest, Document> documents, Images.Recipe recipe) {
    return new ImageRecord.Recipe(
        add(documents, RECIPE, recipe.document()),
        recipe.lists().stream().map(l -> add(documents, LIST, l)).toList());
  }

  /// A recipe that cannot be read says nothing, and is replaced.
  private boolean repeats(Images.Recipe recipe, ImageRecord.Recipe known) {
    try {
      return recipe.repeats().test(content.read(known.document(), Images.LARGEST_DOCUMENT));
    } catch (IOException | GraftException e) {
      return false;
    }
  }

  /// At once, because all wait for the disk, which is one and takes what waits together.
  private void write(Collection<Document> documents, List<Digest> diffIds)
      throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writing = new ArrayList<>();
      for (Document one : documents) {
        writing.add(threads.submit(() -> content.put(one.type(), one.bytes())));
      }
      writing.add(
          threads.submit(() -> {
            layers.settle(diffIds);
            return diffIds;
          }));
      for (Future<?> one : writing) {
        AtOnce.result(one, threads);
      }
    }
  }
}
