package graft.build.run;

import graft.build.BuildEvent;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.CacheExport;
import graft.build.FilesForm;
import graft.build.ImageExport;
import graft.build.ImageForm;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.build.cache.Kept;
import graft.build.dockerfile.Scope;
import graft.build.output.CacheExporter;
import graft.build.output.Exporter;
import graft.build.output.FilesExport;
import graft.build.output.Reproduction;
import graft.build.output.Sbom;
import graft.build.plan.StagePlan;
import graft.build.run.BuildRun.Built;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.build.source.Piped;
import graft.build.source.TarCopy;
import graft.error.GraftException;
import graft.image.Attestation;
import graft.image.Bundle;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Leases;
import graft.images.Packed;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.recipe.Provenance;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import graft.registry.Credentials;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// What a build has made, while somebody may want it.
final class Outcome implements Builds.Result {
  /// Lets go.
  interface Release {
    void run() throws IOException;
  }

  private final String id;
  private final Rooms rooms;
  private final BuildRequest request;
  private final Map<Platform, Built> built;
  private final BuiltImages images;
  private final Map<Platform, Recording> recordings;
  private final KeptContexts keeping;
  private final FileStore files;
  private final Map<Platform, Recording.Finished> recipes = new ConcurrentHashMap<>();
  private final List<Kept> steps;
  private final Release release;
  private boolean closed;

  /// @param built in the order of the request
  /// @param steps the results of all of them
  /// @param lease what holds the layers
  /// @param recordings of each of them; none if there is to be no recipe
  /// @param files where the contents of contexts are
  Outcome(
      String id,
      Rooms rooms,
      BuildRequest request,
      Map<Platform, Built> built,
      List<Kept> steps,
      Leases.Lease lease,
      Map<Platform, Recording> recordings,
      KeptContexts keeping,
      FileStore files,
      Release release) {
    this.steps = List.copyOf(steps);
    this.recordings = recordings;
    this.keeping = keeping;
    this.files = files;
    this.id = id;
    this.rooms = rooms;
    this.request = request;
    this.built = built;
    this.release = release;
    this.images = new BuiltImages(rooms, request, built, this.steps, lease);
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public SortedMap<Platform, byte[]> configs() {
    List<Platform> order = List.copyOf(built.keySet());
    SortedMap<Platform, byte[]> all = new TreeMap<>(Comparator.comparingInt(order::indexOf));
    order.forEach(p -> all.put(p, images.of(p).config().raw().bytes()));
    return all;
  }

  /// For another build that stands on this one.
  Built built(Platform platform, Scope global) {
    Built one = images.built(platform);
    StagePlan.State state = StagePlan.start(images.settings(one), one.state().author(), global);
    return new Built(one.layers(), state, one.history(), one.base(), one.keys(), List.of());
  }

  @Override
  public List<Builds.Difference> differences(Builds.Result other)
      throws IOException, InterruptedException {
    if (!(other instanceof Outcome outcome) || !outcome.built.keySet().equals(built.keySet())) {
      throw new IllegalArgumentException("results of two different builds");
    }
    List<Builds.Difference> all = new ArrayList<>();
    for (Platform platform : built.keySet()) {
      all.addAll(
          Reproduction.compare(
              rooms.layers(),
              images.dated(platform, Optional.empty()),
              outcome.images.dated(platform, Optional.empty())));
    }
    return all;
  }

  @Override
  public List<Attestation> attestations(Platform platform)
      throws IOException, InterruptedException {
    List<Attestation> all = new ArrayList<>();
    Map<String, String> sbom = request.attestations().get("sbom");
    if (sbom != null) {
      all.add(Sbom.of(rooms, images.of(platform), images.built(platform).layers(), sbom));
    }
    Map<String, String> provenance = request.attestations().get("provenance");
    if (provenance != null) {
      all.add(Provenance.of(provenance).attestation(recipe(platform), request.id()));
    }
    return all;
  }

  // ---- exporters

  @Override
  public ImageRecord store(List<Reference> names, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    ImageExport here = new ImageExport(names, true, ImageExport.Push.NO, ImageForm.PLAIN);
    return export(here, Credentials.NONE, listener).kept().orElseThrow();
  }

  @Override
  public Builds.Exported export(
      ImageExport export, Credentials credentials, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    return around(
        "exporting to image",
        listener,
        vertex -> {
          boolean leaves = export.push() != ImageExport.Push.NO;
          return new Exporter(rooms, vertex, this::documents)
              .run(export, parts(export.form(), leaves), credentials);
        });
  }

  @Override
  public Bundle exportCache(
      CacheExport export,
      Credentials credentials,
      Builds.Taker taker,
      Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    Set<Digest> wanted = new HashSet<>();
    built.forEach((platform, one) ->
        wanted.addAll(
            one.layers()
                .subList(BuiltImages.base(platform, one).layers().size(), one.layers().size())));
    return around(
        switch (export.to()) {
          case CacheExport.To.Registry _ -> "exporting cache to registry";
          case CacheExport.To.Client _ -> "exporting cache to client directory";
        },
        listener,
        vertex -> new CacheExporter(rooms, vertex, credentials, taker).run(export, steps, wanted));
  }

  @Override
  public void pack(
      List<Reference> names,
      ImageForm form,
      String format,
      Builds.Taker taker,
      Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    var _ =
        around(
            "exporting to " + format + " image format",
            listener,
            vertex -> {
              Vertices.Vertex.Status layers = vertex.status("exporting layers");
              Exporter exporter = new Exporter(rooms, vertex, this::documents);
              try (Packed packed =
                  rooms
                      .images()
                      .pack(Exporter.export(parts(form, true), names, form), exporter.progress())) {
                layers.done();
                Vertices.Vertex.Status sending = vertex.status("sending tarball");
                taker.take(packed, sending::at);
                sending.done();
              }
              return "";
            });
  }

  private <T> T around(String name, Consumer<BuildEvent> listener, Vertices.Work<T> work)
      throws IOException, InterruptedException {
    List<Digest> last = built.values().stream().flatMap(b -> b.last().stream()).distinct().toList();
    return new Vertices(request.id() + UUID.randomUUID(), listener).around(name, last, work);
  }

  /// @param leaves the images are to be had elsewhere, with what is said of them
  private List<Bundle.Part> parts(ImageForm form, boolean leaves)
      throws IOException, InterruptedException {
    List<Bundle.Part> parts = new ArrayList<>();
    for (Platform platform : built.keySet()) {
      Image image = images.dated(platform, form.clamp());
      parts.add(
          new Bundle.Part(platform, image, leaves ? attestations(platform, form) : List.of()));
    }
    return parts;
  }

  /// A provenance that nobody asked for is for registries: it makes no index of a single image that
  /// goes to a file. Source: BuildKit, exporter/containerimage/writer.go.
  private List<Attestation> attestations(Platform platform, ImageForm form)
      throws IOException, InterruptedException {
    return attestations(platform, form.inline() || form.index() || built.size() > 1);
  }

  /// @param all also what is for registries only
  private List<Attestation> attestations(Platform platform, boolean all)
      throws IOException, InterruptedException {
    boolean registriesOnly =
        request
            .attestations()
            .getOrDefault("provenance", Map.of())
            .getOrDefault("inline-only", "false")
            .equals("true");
    return attestations(platform).stream()
        .filter(a ->
            all || !registriesOnly || !a.predicateType().startsWith("https://slsa.dev/provenance/"))
        .toList();
  }

  // ---- the recipe

  @Override
  public Recipe.Build recipe(Platform platform) throws IOException, InterruptedException {
    return recorded(platform).recipe();
  }

  /// Made once.
  synchronized Recording.Finished recorded(Platform platform)
      throws IOException, InterruptedException {
    Recording.Finished known = recipes.get(platform);
    if (known == null) {
      Recording recording = recordings.get(platform);
      if (recording == null) {
        throw GraftException.notFound("nothing was built for " + platform);
      }
      known = kept(recording.finish(images.built(platform).layers()));
      recipes.put(platform, known);
    }
    return known;
  }

  /// With what becomes of the files: they are kept if all of them are here and there is room.
  private Recording.Finished kept(Recording.Finished made) throws IOException {
    boolean all = keeping.fits(made.trees());
    for (Recording.Listed one : made.trees().values()) {
      for (FileTree.Entry entry : one.tree().entries().values()) {
        all &= !(entry instanceof FileTree.File f) || files.find(f.content()).isPresent();
      }
    }
    return all ? new Recording.Finished(made.recipe().keepingFiles(), made.trees()) : made;
  }

  /// @param image that was made of the platform's, perhaps of layers with other times
  private Optional<Images.Recipe> documents(Platform platform, Image image)
      throws IOException, InterruptedException {
    if (recordings.isEmpty()) {
      return Optional.empty();
    }
    Recording.Finished finished = recorded(platform);
    Recipe.Build recipe = finished.recipe().withLayers(image.config().diffIds());
    return Optional.of(
        new Images.Recipe(
            RecipeJson.write(recipe),
            finished.trees().values().stream().map(Recording.Listed::list).toList(),
            before -> repeats(recipe, before)));
  }

  private static boolean repeats(Recipe.Build recipe, byte[] before) {
    return RecipeJson.read(before) instanceof Recipe.Build b && recipe.repeats(b);
  }

  @Override
  public void writeTar(Platform platform, FilesForm form, OutputStream out)
      throws IOException, InterruptedException {
    Built one = images.built(platform);
    try (Snapshotter.View view = rooms.snapshots().view(one.layers().reversed());
        RootFiles files = RootFiles.open(view.root())) {
      List<Attestation> said = attestations(platform, false);
      if (said.isEmpty() && request.sourceDateEpoch().isEmpty()) {
        files.writeTar("/", out);
      } else {
        new FilesExport(platform, form, said, request.sourceDateEpoch())
            .write(tar -> files.writeTar("/", tar), out);
      }
    }
  }

  @Override
  public void writeTars(FilesForm form, OutputStream out) throws IOException, InterruptedException {
    try (TarWriter writer = new TarWriter(out)) {
      for (Platform platform : built.keySet()) {
        Name directory = Name.of(platform.toString().replace('/', '_'));
        var _ =
            Piped.run(
                tar -> writeTar(platform, form, tar),
                tar -> {
                  TarCopy.copy(tar, entry -> TarCopy.under(entry, directory), writer);
                  return "";
                });
      }
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      release.run();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
