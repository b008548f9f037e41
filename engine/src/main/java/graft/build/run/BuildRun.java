package graft.build.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import graft.build.BuildClient;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.build.Vertices.Vertex;
import graft.build.cache.CacheMounts;
import graft.build.cache.Kept;
import graft.build.cache.StepCache;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.DockerfileException;
import graft.build.dockerfile.Ignore;
import graft.build.dockerfile.Instruction;
import graft.build.plan.StageGraph;
import graft.build.plan.StageGraph.Base;
import graft.build.plan.StagePlan;
import graft.build.plan.Step;
import graft.build.plan.Step.Work;
import graft.build.source.DiskFileStore;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.images.Leases;
import graft.oci.Digest;
import graft.oci.ImageConfig.Settings;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.oci.SettingsBuilder;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;

/// One build for one platform: its stages side by side, the steps of each one after another.
final class BuildRun {
  /// What a stage has become.
  ///
  /// @param layers bottom first
  /// @param history what was added to the base's
  /// @param keys of the last step that was kept; of those it took files from
  /// @param last the vertex of the last step
  record Built(
      List<Digest> layers,
      StagePlan.State state,
      List<Entry> history,
      Optional<Start> base,
      List<Digest> keys,
      List<Digest> last) {
    Built {
      layers = List.copyOf(layers);
      history = List.copyOf(history);
    }
  }

  /// @param layer whether it made one
  record Entry(String text, boolean layer, Optional<Instant> created) {}

  /// The image at the bottom.
  record Start(ImageRecord record, Image image, String name) {}

  final Rooms rooms;
  final StepCache cache;
  final CacheMounts cacheMounts;
  final FailedSteps failed;
  final Map<Digest, Future<?>> running;
  final DiskFileStore files;
  final BuildRequest request;
  final BuildClient client;
  final Vertices vertices;
  final Platform platform;
  final Dockerfile dockerfile;
  final StageGraph graph;
  final Leases.Lease lease;
  final List<Digest> holds;
  final ExecutorService threads;
  final Contexts contexts;
  final Bases bases;
  final CacheImports imports;

  /// The results of all its steps.
  final Queue<Kept> used;

  final Recording recording;

  /// The first, which ended the others.
  private final AtomicReference<Throwable> failure;

  private final Steps steps;
  private final Map<Integer, FutureTask<Built>> stages = new ConcurrentHashMap<>();

  BuildRun(
      Rooms rooms,
      StepCache cache,
      CacheMounts cacheMounts,
      FailedSteps failed,
      Map<Digest, Future<?>> running,
      DiskFileStore files,
      BuildRequest request,
      BuildClient client,
      Vertices vertices,
      Platform platform,
      Dockerfile dockerfile,
      Contexts contexts,
      Bases bases,
      CacheImports imports,
      Queue<Kept> used,
      Leases.Lease lease,
      List<Digest> holds,
      ExecutorService threads,
      RecordContext record,
      AtomicReference<Throwable> failure) {
    this.failure = failure;
    this.rooms = rooms;
    this.cache = cache;
    this.cacheMounts = cacheMounts;
    this.failed = failed;
    this.running = running;
    this.files = files;
    this.request = request;
    this.client = client;
    this.vertices = vertices;
    this.platform = platform;
    this.dockerfile = dockerfile;
    this.contexts = contexts;
    this.bases = bases;
    this.imports = imports;
    this.used = used;
    this.lease = lease;
    this.holds = holds;
    this.threads = threads;
    this.graph = StageGraph.of(dockerfile, request, platform);
    this.recording = new Recording(this, record);
    this.steps = new Steps(this);
  }

  /// Builds the target.
  Built target() throws IOException, InterruptedException {
    List<Future<Built>> begun = graph.needed().stream().<Future<Built>>map(this::task).toList();
    try {
      Built target = stage(graph.target());
      imports.need(target.layers());
      return target;
    } catch (CacheImports.Gone e) {
      failure.compareAndSet(null, e);
      throw e;
    } finally {
      // None is left behind: those that the target did not need after all as little as any.
      boolean again = failure.get() instanceof CacheImports.Gone;
      begun.forEach(t -> t.cancel(!again));
    }
  }

  private FutureTask<Built> task(int index) {
    return stages.computeIfAbsent(
        index,
        i -> {
          FutureTask<Built> task = new FutureTask<>(() -> guarded(i));
          threads.execute(task);
          return task;
        });
  }

  private Built guarded(int index) throws IOException, InterruptedException {
    try {
      return build(index);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      // What is made beside a layer that cannot be had is wanted by the build that begins anew.
      if (failure.compareAndSet(null, e) && !(e instanceof CacheImports.Gone)) {
        threads.shutdownNow();
      }
      throw e;
    }
  }

  /// Another stage, which is begun if it was not.
  Built stage(int index) throws IOException, InterruptedException {
    return await(task(index));
  }

  static <T> T await(Future<T> future) throws IOException, InterruptedException {
    try {
      return future.get();
    } catch (CancellationException e) {
      throw (InterruptedException) new InterruptedException("canceled").initCause(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException r -> throw r;
        case IOException io -> throw io;
        case InterruptedException i -> throw i;
        case Error error -> throw error;
        case null, default -> throw new IOException(e.getCause());
      }
    }
  }

  private Built build(int index) throws IOException, InterruptedException {
    StageGraph.Node node = graph.stages().get(index);
    Built start = located(node.stage().from(), () -> start(node));
    recording.stage(index, called(node));
    List<Instruction> instructions = new ArrayList<>();
    if (!(node.base() instanceof Base.Named named && named.name().equals(node.stage().name()))) {
      for (String trigger : start.state().settings().onBuild()) {
        instructions.add(
            dockerfile.located(
                node.stage().from().origin(),
                () -> Dockerfile.trigger(trigger, node.stage().from())));
      }
      instructions.addAll(node.stage().instructions());
    }
    int from = counted(node) ? 1 : 0;
    int total = StagePlan.count(instructions) + from;
    StagePlan.Result plan =
        StagePlan.of(instructions, this::located, request.arguments(), start.state(), from);
    Built now = start;
    List<Digest> last = start.last();
    if (counted(node)) {
      Vertex vertex =
          vertices.begin(
              prefix(node, 1, total) + "FROM " + start.base().map(Start::name).orElse("scratch"),
              List.of(),
              numbered(node, 0));
      vertex.completed(true);
      vertices.done(
          vertex,
          numbered(node, 0),
          start.base().map(b -> b.record().id()).orElseGet(() -> Digest.of(new byte[0])));
      last = List.of(vertex.id());
    } else {
      vertices.passed(numbered(node, 0), Digest.of(Steps.chain(start.layers()).getBytes(UTF_8)));
    }
    now = new Built(now.layers(), now.state(), now.history(), now.base(), now.keys(), last);
    int triggers = instructions.size() - node.stage().instructions().size();
    for (int n = 0; n < plan.steps().size(); n++) {
      Step step = plan.steps().get(n);
      Built before = now;
      Vertices.Numbered numbered =
          n < triggers ? Vertices.Numbered.NONE : numbered(node, n - triggers + 1);
      String title = step.number() == 0 ? "" : prefix(node, step.number(), total) + step.title();
      Recording.Note note = recording.step(index, step, n < triggers);
      now = located(step, () -> steps.run(index, step, title, numbered, before, note));
    }
    return new Built(now.layers(), plan.end(), now.history(), now.base(), now.keys(), now.last());
  }

  /// In the count of the classic builder, in which each instruction is one.
  ///
  /// @param at in its stage; 0 is the FROM
  private Vertices.Numbered numbered(StageGraph.Node node, int at) {
    int before = 0;
    int total = 0;
    for (int needed : graph.needed()) {
      int size = 1 + graph.stages().get(needed).stage().instructions().size();
      before += needed < node.index() ? size : 0;
      total += size;
    }
    Instruction instruction =
        at == 0 ? node.stage().from() : node.stage().instructions().get(at - 1);
    return new Vertices.Numbered(before + at + 1, total, instruction.origin().text());
  }

  private static boolean counted(StageGraph.Node node) {
    return node.base() instanceof Base.Image;
  }

  /// `linux/arm64`, or `linux/amd64->linux/arm64` for a stage that runs on the one and builds for
  /// the other.
  private String shownPlatform(StageGraph.Node node) {
    return node.platform().equals(platform)
        ? platform.toString()
        : node.platform() + "->" + platform;
  }

  /// `[build 2/3] `, as BuildKit writes it.
  private String prefix(StageGraph.Node node, int number, int total) {
    int width = 1 + (int) Math.log10(Math.max(1, total));
    String name = node.name().isEmpty() ? "" : node.name() + " ";
    if (request.platforms().size() > 1) {
      name = shownPlatform(node) + " " + name;
    }
    return "[" + name + String.format("%" + width + "d", number) + "/" + total + "] ";
  }

  /// What a stage stands on, as people call it.
  private String called(StageGraph.Node node) {
    return switch (node.base()) {
      case Base.Scratch _ -> "scratch";
      case Base.OfStage(int other) -> graph.stages().get(other).name();
      case Base.Image image -> image.name();
      case Base.Named named -> named.name();
    };
  }

  private Built start(StageGraph.Node node) throws IOException, InterruptedException {
    return switch (node.base()) {
      case Base.Scratch _ -> scratch();
      case Base.OfStage(int other) -> stage(other);
      case Base.Image(String name, Optional<Platform> wanted) ->
          image(name, wanted.orElse(platform));
      case Base.Named named -> onContext(node, named);
    };
  }

  private Built scratch() {
    SettingsBuilder settings = new SettingsBuilder(Settings.EMPTY);
    settings.workingDir = "/";
    StagePlan.State state = StagePlan.start(settings.build(), "", graph.scope());
    return new Built(List.of(), state, List.of(), Optional.empty(), List.of(), List.of());
  }

  /// An image that files are taken from.
  Built image(String name, Platform wanted) throws IOException, InterruptedException {
    Start start = bases.get(name, wanted);
    recording.image(name, false, wanted, start);
    return onImage(start);
  }

  /// An image that the client has put in the place of a name.
  Built contextImage(String name, Reference image) throws IOException, InterruptedException {
    Start start = bases.get(image.toString(), platform);
    recording.image(name, true, platform, start);
    return onImage(start);
  }

  /// An image of the client's own, which it has put in the place of a name.
  Built layout(String name, BuildRequest.Source.Layout layout)
      throws IOException, InterruptedException {
    Start start = bases.layout(name, layout, platform, lease);
    recording.image(name, true, platform, start);
    return onImage(start);
  }

  /// What another build has made, which the client has put in the place of a name.
  Built result(String name, String id) throws IOException, InterruptedException {
    Outcome outcome = bases.result(id);
    recording.result(name, outcome);
    return outcome.built(platform, graph.scope());
  }

  private Built onImage(Start start) throws InterruptedException {
    lease.hold(start.record().diffIds());
    lease.hold(start.record().blobs());
    StagePlan.State state =
        StagePlan.start(
            start.image().config().config(), start.image().config().author(), graph.scope());
    return new Built(
        start.image().config().diffIds(),
        state,
        List.of(),
        Optional.of(start),
        List.of(),
        List.of());
  }

  private Built onContext(StageGraph.Node node, Base.Named named)
      throws IOException, InterruptedException {
    return switch (named.source()) {
      case BuildRequest.Source.Image(Reference reference) -> contextImage(named.name(), reference);
      case BuildRequest.Source.Result(String id) -> result(named.name(), id);
      case BuildRequest.Source.Layout layout -> layout(named.name(), layout);
      case BuildRequest.Source.Local _,
          BuildRequest.Source.Git _,
          BuildRequest.Source.Http _,
          BuildRequest.Source.Download _,
          BuildRequest.Source.Within _ -> {
        Built empty = scratch();
        String title = "FROM " + named.name();
        yield steps.copyAll(
            empty,
            Inputs.context(this, named.name()),
            title,
            recording.from(node.index(), node.stage().from().origin(), title));
      }
    };
  }

  // ---- where something is wrong

  private void located(Instruction instruction, Runnable work) {
    dockerfile.located(
        instruction.origin(),
        () -> {
          try {
            work.run();
          } catch (IllegalArgumentException e) {
            throw new DockerfileException(String.valueOf(e.getMessage()));
          }
          return "";
        });
  }

  interface Located<T> {
    T run() throws IOException, InterruptedException;
  }

  private <T> T located(Instruction instruction, Located<T> work)
      throws IOException, InterruptedException {
    return located(work, instruction.origin());
  }

  private <T> T located(Step step, Located<T> work) throws IOException, InterruptedException {
    return located(work, step.origin());
  }

  private <T> T located(Located<T> work, graft.build.dockerfile.Origin origin)
      throws IOException, InterruptedException {
    try {
      return work.run();
    } catch (BuildException e) {
      throw e.location().isPresent()
          ? e
          : new BuildException(
              String.valueOf(e.getMessage()), Optional.of(dockerfile.at(origin)), e.exitCode());
    } catch (DockerfileException e) {
      throw e.at(dockerfile.at(origin));
    } catch (GraftException e) {
      throw switch (e.kind()) {
        case NOT_FOUND, INVALID, FORBIDDEN, CORRUPT, CONFLICT, UNAUTHORIZED, NOT_IMPLEMENTED ->
            new BuildException(e.text(), Optional.of(dockerfile.at(origin)), OptionalInt.empty());
        case UNAVAILABLE, NOT_MODIFIED, CANCELLED, INTERNAL -> e;
      };
    }
  }

  /// What the context leaves out.
  Ignore ignored() throws IOException, InterruptedException {
    return contexts.ignore();
  }

  static boolean changes(Step step) {
    return !(step.work() instanceof Work.Nothing);
  }
}
