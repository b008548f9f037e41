package graft.build.run;

import graft.build.Builds;
import graft.build.cache.NewLayer;
import graft.build.plan.StagePlan;
import graft.build.plan.Step.Work;
import graft.build.run.BuildRun.Built;
import graft.build.run.BuildRun.Entry;
import graft.build.source.Piped;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.oci.SettingsBuilder;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What steps that failed left behind: each an image `failed:ID` with the step's environment,
/// directory and user, which begins with its shell. Being images, they outlast the engine, count as
/// such, and can be run, looked at and removed by every client. They are for a while, and few.
final class FailedSteps {
  private static final System.Logger LOG = System.getLogger(FailedSteps.class.getName());
  private static final String NAME = "failed";

  /// How many layers the step left.
  private static final String LAYERS = "graft.failed.layers";

  /// In the image's history, of the layer with what the step had mounted.
  private static final String MOUNTED = "what the step had mounted";

  private static final SecureRandom RANDOM = new SecureRandom();

  private final Images images;
  private final EngineBuilds.Limits limits;
  private final KeptContexts keeping;

  FailedSteps(Images images, EngineBuilds.Limits limits, KeptContexts keeping) {
    this.keeping = keeping;
    this.images = images;
    this.limits = limits;
  }

  /// Keeps one. What goes wrong here must not hide why the step has failed.
  ///
  /// @param mounts what it had besides
  /// @param changes what it has done to the files
  /// @return its name; empty if it is not to be kept or could not be
  Optional<String> keep(
      BuildRun build,
      Built before,
      Work.Run run,
      String history,
      MountSet mounts,
      Piped.Writer changes)
      throws InterruptedException {
    if (limits.failedTime().isZero() || limits.failedNumber() == 0) {
      return Optional.empty();
    }
    byte[] random = new byte[6];
    RANDOM.nextBytes(random);
    String name = NAME + ":" + HexFormat.of().formatHex(random);
    try {
      List<NewLayer> own = new ArrayList<>();
      own.add(NewLayer.store(build.rooms.layers(), build.lease, before.layers(), changes));
      List<Digest> layers = new ArrayList<>(before.layers());
      layers.add(own.getFirst().diffId());
      new FailedMounts(build).layer(mounts.all(), layers).ifPresent(own::add);
      Built failed = failed(before, run, history, own);
      try (Outcome outcome = outcome(build, failed)) {
        var _ = outcome.store(List.of(Reference.parse(name).withDefaultTag()), _ -> {});
      }
      tend(Instant.now());
      return Optional.of(name);
    } catch (IOException | GraftException e) {
      LOG.log(System.Logger.Level.WARNING, "what a failed step left could not be kept: {0}", e);
      return Optional.empty();
    }
  }

  /// @param own what it wrote; and what it had mounted, if there was anything to keep of that
  private static Built failed(Built before, Work.Run run, String history, List<NewLayer> own) {
    SettingsBuilder settings = new SettingsBuilder(before.state().settings());
    settings.env = new ArrayList<>(run.environment());
    settings.workingDir = run.directory();
    settings.user = run.user();
    settings.entrypoint = Optional.empty();
    settings.cmd = Optional.of(List.of(shell(run)));
    settings.labels.put(Builds.FAILED, Instant.now().toString());
    settings.labels.put(LAYERS, Integer.toString(own.size()));
    List<Digest> layers = new ArrayList<>(before.layers());
    List<Entry> entries = new ArrayList<>(before.history());
    String text = history;
    for (NewLayer layer : own) {
      layers.add(layer.diffId());
      entries.add(new Entry(text, true, Optional.of(Instant.now())));
      text = MOUNTED;
    }
    StagePlan.State state =
        new StagePlan.State(settings.build(), before.state().author(), before.state().scope());
    return new Built(layers, state, entries, before.base(), before.keys(), List.of());
  }

  /// The one that the step was given to, or that of the base.
  private static String shell(Work.Run run) {
    String first = run.arguments().isEmpty() ? "" : run.arguments().getFirst();
    return first.endsWith("sh") ? first : "/bin/sh";
  }

  /// Without a recipe: it is not what the Dockerfile makes.
  private Outcome outcome(BuildRun build, Built failed) {
    return new Outcome(
        build.request.id(),
        build.rooms,
        build.request,
        Map.of(build.platform, failed),
        List.of(),
        build.lease,
        Map.of(),
        keeping,
        build.files,
        () -> {});
  }

  /// Takes away those that are too old or too many.
  void tend(Instant now) throws IOException {
    List<ImageRecord> all = list();
    for (int i = 0; i < all.size(); i++) {
      boolean old = !at(all.get(i)).plus(limits.failedTime()).isAfter(now);
      if (old || i >= limits.failedNumber()) {
        remove(all.get(i));
      }
    }
  }

  boolean isOlder(ImageRecord image, Instant moment) {
    return at(image).isBefore(moment);
  }

  /// Bytes that are here for its sake.
  long size(ImageRecord image) {
    List<Digest> layers = image.diffIds();
    int own = image.labels().getOrDefault(LAYERS, "").equals("2") ? 2 : 1;
    return layers.subList(Math.max(0, layers.size() - own), layers.size()).stream()
        .mapToLong(images::layerSize)
        .sum();
  }

  /// False if a container stands on it.
  boolean remove(ImageRecord image) throws IOException {
    try {
      for (Reference name : image.names()) {
        if (isOurs(name)) {
          images.remove(name.familiar(), false, true);
        }
      }
      return true;
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.CONFLICT || e.kind() == GraftException.Kind.NOT_FOUND) {
        return false; // somebody is in it, or was faster
      }
      throw e;
    }
  }

  /// Newest first.
  List<ImageRecord> list() {
    return images.list().stream()
        .filter(i ->
            i.labels().containsKey(Builds.FAILED)
                && i.names().stream().anyMatch(FailedSteps::isOurs))
        .sorted(Comparator.comparing(FailedSteps::at).reversed())
        .toList();
  }

  private static boolean isOurs(Reference name) {
    return name.familiar().matches(NAME + ":[0-9a-f]{12}");
  }

  /// An image that was built on one has its label, and another name; a label that is no time counts
  /// as one of long ago.
  private static Instant at(ImageRecord image) {
    try {
      return Instant.parse(image.labels().getOrDefault(Builds.FAILED, ""));
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }
}
