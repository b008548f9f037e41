package graft.build.run;

import graft.build.BuildRequest;
import graft.build.Rooms;
import graft.build.cache.CacheRecords;
import graft.build.cache.Kept;
import graft.build.cache.NewLayer;
import graft.build.run.BuildRun.Built;
import graft.build.run.BuildRun.Entry;
import graft.build.source.TarCopy;
import graft.error.GraftException;
import graft.image.Edits;
import graft.image.Image;
import graft.images.Leases;
import graft.images.RecordOf;
import graft.layer.TarWriter;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.ImageConfig.Settings;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.SettingsBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The images that a build has made, one for each platform: what their configs say, their
/// histories, and the same with no file newer than a moment.
final class BuiltImages {
  private static final String COMMENT = "buildkit.dockerfile.v0";

  private final Rooms rooms;
  private final BuildRequest request;
  private final Map<Platform, Built> built;
  private final List<Kept> steps;
  private final Leases.Lease lease;
  private final Map<Platform, Image> images = new HashMap<>();

  /// @param steps the results of all of them, for those who take the image for a cache
  /// @param lease what holds the layers, also those that are made here
  BuiltImages(
      Rooms rooms,
      BuildRequest request,
      Map<Platform, Built> built,
      List<Kept> steps,
      Leases.Lease lease) {
    this.rooms = rooms;
    this.request = request;
    this.built = built;
    this.steps = steps;
    this.lease = lease;
    built.forEach((platform, one) -> images.put(platform, image(platform, one, one.layers())));
  }

  /// NOT_FOUND if nothing was built for it.
  Image of(Platform platform) {
    Image image = images.get(platform);
    if (image == null) {
      throw GraftException.notFound("nothing was built for " + platform);
    }
    return image;
  }

  /// NOT_FOUND if nothing was built for it.
  Built built(Platform platform) {
    Built one = built.get(platform);
    if (one == null) {
      throw GraftException.notFound("nothing was built for " + platform);
    }
    return one;
  }

  /// With the labels that the request adds.
  Settings settings(Built one) {
    SettingsBuilder settings = new SettingsBuilder(one.state().settings());
    settings.labels.putAll(request.labels());
    return settings.build();
  }

  /// @param layers of the stage, or what was made of them
  private Image image(Platform platform, Built one, List<Digest> layers) {
    Image base = base(platform, one);
    List<Image.Layer> fresh = new ArrayList<>();
    for (Digest layer : layers.subList(base.layers().size(), layers.size())) {
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
    if (request.caches().inline()) {
      image = Edits.withField(image, Edits.CACHE, CacheRecords.write(steps));
    }
    return Edits.withAnnotations(image, annotations(one));
  }

  /// What it stands on; an image without layers if on nothing.
  static Image base(Platform platform, Built one) {
    return one.base().map(BuildRun.Start::image).orElseGet(() -> Edits.fromScratch(platform));
  }

  /// A build that has a time has no newer file in what it made, wherever it goes.
  Image dated(Platform platform, Optional<Instant> clamp) throws IOException, InterruptedException {
    Optional<Instant> latest = clamp.or(request::sourceDateEpoch);
    return latest.isPresent() ? clamped(platform, latest.get()) : of(platform);
  }

  /// The image with no file newer than a moment in what the build made.
  private Image clamped(Platform platform, Instant latest)
      throws IOException, InterruptedException {
    Built one = built(platform);
    int below = base(platform, one).layers().size();
    List<Digest> layers = new ArrayList<>(one.layers().subList(0, below));
    for (Digest layer : one.layers().subList(below, one.layers().size())) {
      layers.add(clamped(layer, layers, latest));
    }
    return image(platform, one, layers);
  }

  /// Source: reproducible-builds.org, SOURCE_DATE_EPOCH; BuildKit, docs/build-repro.md.
  ///
  /// @param below bottom first
  private Digest clamped(Digest layer, List<Digest> below, Instant latest)
      throws IOException, InterruptedException {
    try (InputStream tar = rooms.layers().tar(layer)) {
      return NewLayer.store(
              rooms.layers(),
              lease,
              below,
              out -> {
                try (TarWriter writer = new TarWriter(out)) {
                  TarCopy.copy(tar, entry -> TarCopy.clamped(entry, latest), writer);
                }
              })
          .diffId();
    }
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
}
