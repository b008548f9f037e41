package graft.build.run;

import graft.build.BuildClient;
import graft.build.BuildRequest;
import graft.build.CacheSource;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.build.cache.AbsentSteps;
import graft.build.cache.CacheRecords;
import graft.build.cache.Kept;
import graft.build.cache.StepCache;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.BlobReader;
import graft.images.ImageRecord;
import graft.images.Leases;
import graft.layer.Compression;
import graft.layer.VerifyingInputStream;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.BlobStream;
import graft.registry.Repository;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// What other engines have made of the steps of a build. A step that is found here counts as done,
/// and its layer is fetched only when something needs its files; a layer that then cannot be had
/// makes the build begin anew without it.
final class CacheImports {
  /// Layers are needed that are only known by name.
  static final class Gone extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient List<Digest> layers;

    private Gone(List<Digest> layers, @Nullable Throwable cause) {
      super("layers of an imported cache cannot be had: " + layers, cause);
      this.layers = List.copyOf(layers);
    }

    List<Digest> layers() {
      return layers;
    }
  }

  /// Where blobs are.
  private interface Place {
    Document top() throws IOException, InterruptedException;

    Document.Manifest manifest(Descriptor manifest) throws IOException, InterruptedException;

    byte[] document(Descriptor blob) throws IOException, InterruptedException;

    /// Verified when it has been read to its end.
    InputStream open(Descriptor blob) throws IOException, InterruptedException;
  }

  private record Blob(Place place, Descriptor blob) {}

  private record Found(
      Map<Digest, CacheRecords.Step> byKey,
      Map<Digest, CacheRecords.Step> byContent,
      Map<Digest, Blob> blobs) {
    void add(CacheRecords.Step step) {
      byKey.putIfAbsent(step.key(), step);
      byContent.putIfAbsent(step.content(), step);
    }
  }

  private final Rooms rooms;
  private final StepCache cache;
  private final AbsentSteps absent;
  private final List<CacheSource> sources;
  private final BuildClient client;
  private final Vertices vertices;
  private final List<Platform> platforms;
  private final Leases.Lease lease;
  private final List<Digest> holds;
  private final FutureTask<Found> found = new FutureTask<>(this::load);
  private final Map<Digest, Kept> expected = new ConcurrentHashMap<>();
  private final Map<Digest, FutureTask<Boolean>> fetched = new ConcurrentHashMap<>();
  private final Set<Digest> gone = ConcurrentHashMap.newKeySet();

  CacheImports(
      Rooms rooms,
      StepCache cache,
      AbsentSteps absent,
      BuildRequest request,
      BuildClient client,
      Vertices vertices,
      Leases.Lease lease,
      List<Digest> holds) {
    this.rooms = rooms;
    this.cache = cache;
    this.absent = absent;
    this.sources = request.caches().from();
    this.client = client;
    this.vertices = vertices;
    this.platforms = request.platforms().isEmpty() ? List.of(Platform.host()) : request.platforms();
    this.lease = lease;
    this.holds = holds;
  }

  // ---- steps

  Optional<CacheRecords.Step> find(Digest key) throws IOException, InterruptedException {
    return usable(found().byKey().get(key)).or(() -> usable(absent.find(key)));
  }

  /// By what a step read, as [StepCache#alike].
  Optional<CacheRecords.Step> alike(Digest content) throws IOException, InterruptedException {
    return usable(found().byContent().get(content)).or(() -> usable(absent.alike(content)));
  }

  private Optional<CacheRecords.Step> usable(Optional<Kept> known) {
    return known.flatMap(k -> usable(CacheRecords.Step.of(k)));
  }

  private Optional<CacheRecords.Step> usable(CacheRecords.@Nullable Step step) {
    return Optional.ofNullable(step).filter(s -> !gone.contains(s.layer()));
  }

  private Found found() throws IOException, InterruptedException {
    found.run(); // The first that comes; for all others it does nothing.
    return BuildRun.await(found);
  }

  // ---- layers

  /// A step of another engine's stands for one of the build: it is kept when its layer is here.
  void expect(Kept kept) throws IOException, InterruptedException {
    lease.hold(List.of(kept.layer()));
    if (rooms.layers().info(kept.layer()).isPresent()) {
      keep(kept);
    } else {
      expected.put(kept.layer(), kept);
    }
  }

  private void keep(Kept kept) throws IOException {
    StepCache.drop(rooms.images(), cache.keep(kept, holds));
  }

  /// Fetches what is not here yet.
  ///
  /// @throws Gone if that is impossible
  void need(List<Digest> layers) throws IOException, InterruptedException {
    List<Digest> nowhere = new ArrayList<>();
    for (Digest layer : layers) {
      if (expected.containsKey(layer) && !found().blobs().containsKey(layer)) {
        nowhere.add(layer);
      }
    }
    if (!nowhere.isEmpty()) {
      throw new Gone(nowhere, null); // All at once: the build begins anew once, not for each.
    }
    for (Digest layer : layers) {
      Kept kept = expected.get(layer);
      if (kept != null) {
        FutureTask<Boolean> task =
            fetched.computeIfAbsent(layer, _ -> new FutureTask<>(() -> fetch(kept)));
        task.run();
        var _ = BuildRun.await(task);
      }
    }
  }

  private boolean fetch(Kept kept) throws IOException, InterruptedException {
    Digest layer = kept.layer();
    Blob blob = found().blobs().get(layer);
    if (blob == null) {
      throw new Gone(List.of(layer), null);
    }
    try {
      return vertices.around(
          "importing layer " + layer + " of " + kept.description(),
          List.of(),
          _ -> {
            try (LayerStore.Batch batch = rooms.layers().begin();
                InputStream packed = blob.place().open(blob.blob());
                InputStream tar = Compression.decompress(packed)) {
              batch.add(Optional.of(layer), tar, kept.below().reversed(), _ -> {});
              packed.transferTo(OutputStream.nullOutputStream());
              batch.publish();
            }
            expected.remove(layer);
            keep(kept);
            return true;
          });
    } catch (IOException | GraftException e) {
      throw new Gone(List.of(layer), e);
    }
  }

  /// From now on, steps that made them are not found.
  void forget(Gone e) {
    gone.addAll(e.layers());
    expected.keySet().removeAll(e.layers());
    fetched.keySet().removeAll(e.layers());
  }

  /// The end of the build: what was found and not needed stays known for others.
  void settle() throws IOException {
    absent.settle(expected.values(), cache);
  }

  // ---- reading

  private Found load() throws InterruptedException {
    Found all = new Found(new HashMap<>(), new HashMap<>(), new HashMap<>());
    for (CacheSource source : sources) {
      try {
        vertices.around(
            "importing cache manifest from " + name(source),
            List.of(),
            _ -> {
              read(source, all);
              return true;
            });
      } catch (IOException | GraftException e) {
        // Shown, and no more: what is not there is made.
      }
    }
    return all;
  }

  private static String name(CacheSource source) {
    return switch (source) {
      case CacheSource.Registry(var reference) -> reference.toString();
      case CacheSource.Image(Digest id) -> id.toString();
      case CacheSource.Store(String store, _) -> store;
    };
  }

  private void read(CacheSource source, Found all) throws IOException, InterruptedException {
    switch (source) {
      case CacheSource.Registry(var reference) -> {
        Optional<ImageRecord> here = here(reference);
        if (here.isEmpty() || !LocalCache.add(rooms.images(), here.get(), all::add)) {
          Repository repository = rooms.registries().repository(reference, client.credentials());
          read(new OfRegistry(repository, reference.withDefaultTag()), all);
        }
      }
      case CacheSource.Image(Digest id) -> {
        ImageRecord image = rooms.images().find(id.toString());
        if (!LocalCache.add(rooms.images(), image, all::add)) {
          throw GraftException.notFound("nobody knows which steps made " + id.shortHex());
        }
      }
      case CacheSource.Store(String store, Digest top) ->
          read(new OfStore(client.blobs(store), top), all);
    }
  }

  private Optional<ImageRecord> here(Reference reference) {
    try {
      return Optional.of(rooms.images().find(reference.familiar()));
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private void read(Place place, Found all) throws IOException, InterruptedException {
    Set<Digest> seen = new HashSet<>();
    Document top = place.top();
    for (Platform platform : platforms) {
      Optional<Document.Manifest> manifest =
          switch (top) {
            case Document.Manifest m -> Optional.of(m);
            case Document.Index index -> {
              Optional<Descriptor> chosen = index.select(platform);
              yield chosen.isEmpty() ? Optional.empty() : Optional.of(place.manifest(chosen.get()));
            }
          };
      if (manifest.isPresent() && seen.add(manifest.get().raw().digest())) {
        add(place, manifest.get(), all);
      }
    }
  }

  private static void add(Place place, Document.Manifest manifest, Found all)
      throws IOException, InterruptedException {
    byte[] bytes = place.document(manifest.config());
    Image image = new Image(manifest, ImageConfig.parse(bytes));
    CacheRecords.read(bytes).forEach(all::add);
    for (Image.Layer layer : image.layers()) {
      all.blobs().putIfAbsent(layer.diffId(), new Blob(place, layer.blob()));
    }
  }

  private record OfRegistry(Repository repository, Reference reference) implements Place {
    @Override
    public Document top() {
      return repository.resolve(reference).document();
    }

    @Override
    public Document.Manifest manifest(Descriptor manifest) {
      return asManifest(repository.manifest(manifest.digest()).document());
    }

    @Override
    public byte[] document(Descriptor blob) {
      return repository.document(blob);
    }

    @Override
    public InputStream open(Descriptor blob) {
      BlobStream stream = repository.blob(blob, 0);
      return new VerifyingInputStream(stream.bytes(), blob.size(), blob.digest());
    }
  }

  private record OfStore(BlobReader blobs, Digest at) implements Place {
    private static final long LARGEST = 8L << 20;

    @Override
    public Document top() throws IOException, InterruptedException {
      long size = blobs.size(at).orElseThrow(() -> GraftException.notFound("there is no " + at));
      return Document.parse(document(new Descriptor("", at, size)), "");
    }

    @Override
    public Document.Manifest manifest(Descriptor manifest)
        throws IOException, InterruptedException {
      return asManifest(Document.parse(document(manifest), manifest.mediaType()));
    }

    @Override
    public byte[] document(Descriptor blob) throws IOException, InterruptedException {
      if (blob.size() > LARGEST) {
        throw GraftException.corrupt(
            blob.digest() + " of the cache is too large: " + blob.size() + " bytes");
      }
      try (InputStream in = open(blob)) {
        return in.readAllBytes();
      }
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException, InterruptedException {
      return blobs.open(blob);
    }
  }

  private static Document.Manifest asManifest(Document document) {
    if (document instanceof Document.Manifest manifest) {
      return manifest;
    }
    throw GraftException.corrupt("the index of the cache names another index");
  }
}
