package graft.build;

import graft.build.BuildRun.Built;
import graft.build.BuildRun.Entry;
import graft.build.dockerfile.Scope;
import graft.error.GraftException;
import graft.image.Attestation;
import graft.image.Edits;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.images.Leases;
import graft.images.RecordOf;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.ImageConfig.Settings;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.oci.SettingsBuilder;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What a build has made, while somebody may want it.
final class Outcome implements Builds.Result {
  /// Lets go.
  interface Release {
    void run() throws IOException;
  }

  /// When the build ran, and the images it used.
  record Origin(Instant started, Instant finished, List<BuildRun.Start> bases) {
    Origin {
      bases = List.copyOf(bases);
    }
  }

  private static final String COMMENT = "buildkit.dockerfile.v0";

  private final String id;
  private final Rooms rooms;
  private final BuildRequest request;
  private final Map<Platform, Built> built;
  private final Map<Platform, Image> images = new HashMap<>();
  private final Origin origin;
  private final Leases.Lease lease;
  private final Release release;
  private boolean closed;

  /// @param built in the order of the request
  /// @param lease what holds the layers
  Outcome(
      String id,
      Rooms rooms,
      BuildRequest request,
      Map<Platform, Built> built,
      Origin origin,
      Leases.Lease lease,
      Release release) {
    this.origin = origin;
    this.lease = lease;
    this.id = id;
    this.rooms = rooms;
    this.request = request;
    this.built = built;
    this.release = release;
    built.forEach((platform, one) -> images.put(platform, image(platform, one)));
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public SortedMap<Platform, byte[]> configs() {
    List<Platform> order = List.copyOf(built.keySet());
    SortedMap<Platform, byte[]> all = new TreeMap<>(Comparator.comparingInt(order::indexOf));
    order.forEach(p -> all.put(p, image(p).config().raw().bytes()));
    return all;
  }

  private Image image(Platform platform) {
    Image image = images.get(platform);
    if (image == null) {
      throw GraftException.notFound("nothing was built for " + platform);
    }
    return image;
  }

  /// For another build that stands on this one.
  Built built(Platform platform, Scope global) {
    Built one = of(platform);
    StagePlan.State state = StagePlan.start(settings(one), one.state().author(), global);
    return new Built(one.layers(), state, one.history(), one.base(), one.keys(), List.of());
  }

  private Built of(Platform platform) {
    Built one = built.get(platform);
    if (one == null) {
      throw GraftException.notFound("nothing was built for " + platform);
    }
    return one;
  }

  // ---- the image

  private Settings settings(Built one) {
    SettingsBuilder settings = new SettingsBuilder(one.state().settings());
    settings.labels.putAll(request.labels());
    return settings.build();
  }

  private Image image(Platform platform, Built one) {
    Image base = one.base().map(BuildRun.Start::image).orElseGet(() -> Edits.fromScratch(platform));
    List<Image.Layer> fresh = new ArrayList<>();
    for (Digest layer : one.layers().subList(base.layers().size(), one.layers().size())) {
      long size =
          rooms
              .layers()
              .info(layer)
              .orElseThrow(
                  () -> GraftException.internal("layer " + layer + " of the build is gone", null))
              .tarSize();
      fresh.add(new Image.Layer(new Descriptor(MediaTypes.OCI_LAYER, layer, size), layer));
    }
    Image image = Edits.build(base, fresh, history(one, base), settings(one), one.state().author());
    return Edits.withAnnotations(image, annotations(one));
  }

  private Map<String, String> annotations(Built one) {
    Map<String, String> all = new HashMap<>();
    one.base().ifPresent(b -> all.putAll(RecordOf.baseAnnotations(b.record(), b.name())));
    all.putAll(request.annotations());
    return all;
  }

  /// Entries without a layer have the time of the layer before them, the first of them that of the
  /// first new layer. Source: BuildKit, exporter/containerimage.
  private List<History> history(Built one, Image base) {
    Optional<Instant> epoch = request.sourceDateEpoch();
    Optional<Instant> time =
        one.history().stream()
            .flatMap(e -> e.created().stream())
            .findFirst()
            .or(() -> base.config().created());
    List<History> all = new ArrayList<>();
    for (Entry entry : one.history()) {
      time = entry.created().or(() -> time(all)).or(timeOf(time));
      all.add(
          new History(epoch.isPresent() ? epoch : time, entry.text(), "", COMMENT, !entry.layer()));
    }
    return all;
  }

  private static Optional<Instant> time(List<History> all) {
    return all.isEmpty() ? Optional.empty() : all.getLast().created();
  }

  private static java.util.function.Supplier<Optional<Instant>> timeOf(Optional<Instant> time) {
    return () -> time;
  }

  @Override
  public List<Attestation> attestations(Platform platform) {
    var _ = of(platform);
    if (!request.attestations().containsKey("provenance")) {
      return List.of();
    }
    return List.of(
        new Provenance(request, platform, origin.started(), origin.finished(), origin.bases())
            .attestation());
  }

  // ---- exporters

  @Override
  public ImageRecord store(List<Reference> names, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    Platform platform = built.containsKey(Platform.host()) ? Platform.host() : first();
    Image image = image(platform);
    Built one = of(platform);
    return new Vertices(request.id() + " store", listener)
        .around(
            "exporting to image",
            one.last(),
            vertex -> {
              Vertices.Vertex.Status layers = vertex.status("exporting layers");
              layers.done();
              Vertices.Vertex.Status writing =
                  vertex.status("writing image " + image.config().id());
              ImageRecord record = rooms.images().keep(image, names);
              writing.done();
              names.forEach(n -> vertex.status("naming to " + n.withDefaultTag()).done());
              return record;
            });
  }

  private Platform first() {
    return built.keySet().iterator().next();
  }

  @Override
  public void writeTar(Platform platform, OutputStream out) throws IOException {
    Built one = of(platform);
    try (Snapshotter.View view = rooms.snapshots().view(one.layers().reversed());
        RootFiles files = RootFiles.open(view.root())) {
      files.writeTar("/", out);
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
