package graft.build.run;

import graft.build.BuildClient;
import graft.build.BuildEvent;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.Recipes;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.build.cache.AbsentSteps;
import graft.build.cache.CacheMounts;
import graft.build.cache.Kept;
import graft.build.cache.StepCache;
import graft.build.dockerfile.CallResult;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.DockerfileException;
import graft.build.output.KeptRecipes;
import graft.build.plan.StepTarget;
import graft.build.plan.Syntax;
import graft.build.run.BuildRun.Built;
import graft.build.source.DiskFileStore;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.build.source.Remotes;
import graft.facts.LayerIndexes;
import graft.images.Leases;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.recipe.Recipe;
import graft.snapshot.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Builds on this engine.
///
/// ```
/// <root>/files/   contents of contexts
/// <root>/git/     repositories while they are fetched
/// <root>/caches/  directories of RUN --mount=type=cache
/// <run>/<id>/     a RUN that is under way
/// ```
public final class EngineBuilds implements Builds {
  /// @param cache bytes of layers that are kept at most
  /// @param files bytes of contexts that are kept at most for builds to come
  /// @param record which of them are kept for recipes, too
  /// @param recorded bytes of these at most
  /// @param failedTime how long what a failed step left is kept; zero: not at all
  /// @param failedNumber how many of these there are at most
  public record Limits(
      long cache,
      long files,
      RecordContext record,
      long recorded,
      Duration failedTime,
      int failedNumber) {
    public static final Limits DEFAULT =
        new Limits(20L << 30, 10L << 30, RecordContext.USED, 2L << 30, Duration.ofHours(12), 10);

    public Limits withRecord(RecordContext mode, long bytes) {
      return new Limits(cache, files, mode, bytes, failedTime, failedNumber);
    }

    public Limits withFailed(Duration time, int number) {
      return new Limits(cache, files, record, recorded, time, number);
    }

    /// @param layers bytes of results of steps
    /// @param contexts bytes of contexts
    public Limits withSizes(long layers, long contexts) {
      return new Limits(layers, contexts, record, recorded, failedTime, failedNumber);
    }
  }

  /// How a build differs from one that a client asks for.
  ///
  /// @param standsOn results that are let go with its own
  private record Manner(
      Bases.Given bases, Remotes remotes, RecordContext record, List<Result> standsOn) {}

  private final Rooms rooms;
  private final StepCache cache;
  private final AbsentSteps absent;
  private final CacheMounts cacheMounts;
  private final DiskFileStore files;
  private final KeptContexts keeping;
  private final RecordContext record;
  private final Map<Digest, Future<?>> running = new ConcurrentHashMap<>();
  private final Map<String, Outcome> results = new ConcurrentHashMap<>();
  private final FailedSteps failed;
  private final KeptOfBuilds kept;

  private EngineBuilds(
      Rooms rooms, StepCache cache, DiskFileStore files, KeptContexts keeping, Limits limits)
      throws IOException {
    this.keeping = keeping;
    this.record = limits.record();
    this.failed = new FailedSteps(rooms.images(), limits, keeping);
    this.rooms = rooms;
    this.cache = cache;
    this.absent = new AbsentSteps(rooms.db());
    this.cacheMounts = new CacheMounts(rooms.root().resolve("caches"));
    this.files = files;
    this.kept = new KeptOfBuilds(rooms.images(), cache, absent, cacheMounts, failed, files);
  }

  /// Takes away what builds of a former engine have left.
  public static EngineBuilds open(Rooms rooms, Limits limits) throws IOException {
    Files.createDirectories(rooms.root());
    Files.createDirectories(rooms.run());
    try (Stream<Path> left = Files.list(rooms.run())) {
      for (Path one : left.toList()) {
        rooms.runner().discard(one.getFileName().toString());
        for (Path mount : graft.linux.Mounts.below(one.toRealPath()).reversed()) {
          graft.linux.Mounts.unmount(mount);
        }
        Trees.delete(one);
      }
    }
    Trees.delete(rooms.root().resolve("git"));
    KeptContexts keeping = new KeptContexts(rooms.images(), limits.recorded());
    return new EngineBuilds(
        rooms,
        new StepCache(rooms.db(), layer -> rooms.layers().info(layer).isPresent(), limits.cache()),
        DiskFileStore.open(
            rooms.root().resolve("files"), limits.files() + limits.recorded(), keeping::contents),
        keeping,
        limits);
  }

  /// Chores: takes away what is kept for a while only, and brings to disk the results of steps that
  /// no image has, which a power cut would take from later builds.
  public void tend(Instant now) throws IOException {
    failed.tend(now);
    rooms.layers().settle(cache.layers());
  }

  /// Layers that must not be deleted.
  public Collection<Digest> layersInUse() {
    return cache.layers();
  }

  @Override
  public FileStore files() {
    return files;
  }

  @Override
  public Result build(BuildRequest request, BuildClient client, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    return build(
        request,
        client,
        listener,
        new Manner(Bases.Given.NONE, live(), record.of(request), List.of()));
  }

  // ---- recipes

  @Override
  public Recipes recipes() {
    return new KeptRecipes(rooms.images(), this::again);
  }

  /// What it stands on is made again first.
  private Result again(
      Recipe.Build recipe,
      Recipes.NewBase newBase,
      Map<String, String> undisclosed,
      BuildClient client,
      Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    List<Result> below = new ArrayList<>();
    boolean done = false;
    try (DiskFileStore.Use _ = files.use()) {
      Map<String, String> ids = new HashMap<>();
      for (Recipe.Base base : recipe.bases()) {
        if (base instanceof Recipe.Base.Result other) {
          Result result = again(other.recipe(), newBase, undisclosed, client, listener);
          below.add(result);
          ids.put(other.name(), result.id());
        }
      }
      Rerun.Prepared prepared =
          new Rerun(rooms, files, recipe, newBase, undisclosed, client).prepare(ids, live());
      Result result =
          build(
              prepared.request(),
              prepared.client(),
              listener,
              new Manner(
                  prepared.bases(), prepared.remotes(), record.of(prepared.request()), below));
      done = true;
      return result;
    } finally {
      if (!done) {
        below.forEach(Result::close);
      }
    }
  }

  // ---- builds

  private Outcome build(
      BuildRequest request, BuildClient client, Consumer<BuildEvent> listener, Manner manner)
      throws IOException, InterruptedException {
    Leases.Lease lease = rooms.images().leases().lease();
    List<Digest> holds = Collections.synchronizedList(new ArrayList<>());
    DiskFileStore.Use use = files.use();
    String id = UUID.randomUUID().toString();
    Vertices vertices = new Vertices(request.id() + UUID.randomUUID(), listener);
    Bases bases =
        new Bases(
            rooms,
            request,
            client,
            vertices,
            of -> Optional.ofNullable(results.get(of)),
            manner.bases());
    boolean done = false;
    try (LayerIndexes.Busy _ = rooms.facts().busy()) {
      Map<Platform, Recording> recordings = new HashMap<>();
      Queue<Kept> used = new ConcurrentLinkedQueue<>();
      CacheImports imports =
          new CacheImports(rooms, cache, absent, request, client, vertices, lease, holds);
      Map<Platform, Built> built =
          run(request, client, vertices, bases, imports, used, manner, lease, holds, recordings);
      imports.settle();
      Outcome outcome =
          new Outcome(
              id,
              rooms,
              request,
              built,
              List.copyOf(used),
              lease,
              recordings,
              keeping,
              files,
              () -> {
                results.remove(id);
                release(lease, holds, use, bases);
                manner.standsOn().forEach(Result::close);
              });
      results.put(id, outcome);
      done = true;
      return outcome;
    } catch (DockerfileException e) {
      throw failed(e);
    } finally {
      if (!done) {
        release(lease, holds, use, bases);
      }
    }
  }

  private static BuildException failed(DockerfileException e) {
    return new BuildException(String.valueOf(e.getMessage()), e.location(), OptionalInt.empty());
  }

  @Override
  public CallResult call(
      BuildRequest request, BuildClient client, String call, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    Vertices vertices = new Vertices(request.id() + UUID.randomUUID(), listener);
    try (DiskFileStore.Use _ = files.use()) {
      Contexts contexts = new Contexts(request, client, vertices, files, live());
      return new Checks(request, contexts.definition(), contexts.ignore())
          .answer(call, Checks.here(rooms.images()));
    } catch (DockerfileException e) {
      throw failed(e);
    }
  }

  private Remotes live() {
    return new Remotes.Live(files, rooms.root().resolve("git"));
  }

  private void release(Leases.Lease lease, List<Digest> holds, DiskFileStore.Use use, Bases bases)
      throws IOException {
    lease.close();
    use.close();
    cache.release(holds);
    rooms.images().dropUnneeded(bases.borrowed());
  }

  @Override
  public SourceFiles fetch(
      BuildRequest.Source source, BuildClient client, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    DiskFileStore.Use use = files.use();
    boolean done = false;
    try {
      Vertices vertices = new Vertices("fetch " + UUID.randomUUID(), listener);
      FileTree tree =
          new Contexts(BuildRequest.of(source), client, vertices, files, live()).other(source);
      Fetched fetched = new Fetched(tree, files, use);
      done = true;
      return fetched;
    } finally {
      if (!done) {
        use.close();
      }
    }
  }

  private Map<Platform, Built> run(
      BuildRequest asked,
      BuildClient client,
      Vertices vertices,
      Bases bases,
      CacheImports imports,
      Queue<Kept> used,
      Manner manner,
      Leases.Lease lease,
      List<Digest> holds,
      Map<Platform, Recording> recordings)
      throws IOException, InterruptedException {
    Contexts contexts = new Contexts(asked, client, vertices, files, manner.remotes());
    Contexts.Definition definition = contexts.definition();
    StepTarget target = StepTarget.of(definition.parse(), asked.target());
    BuildRequest request = asked.withTarget(target.target());
    Dockerfile dockerfile = target.file();
    Syntax.check(dockerfile, request);
    List<Platform> platforms =
        request.platforms().isEmpty() ? List.of(Platform.host()) : request.platforms();
    Callable<Boolean> check =
        () -> {
          Checks checks = new Checks(request, definition, contexts.ignore());
          checks.tell(vertices, Checks.of(bases));
          return true;
        };
    boolean first = Checks.mayForbid(dockerfile, request);
    FutureTask<Boolean> checked = new FutureTask<>(check);
    while (true) {
      used.clear();
      try {
        return attempt(
            platforms,
            checked,
            first,
            (platform, threads, failure) ->
                new BuildRun(
                    rooms,
                    cache,
                    cacheMounts,
                    failed,
                    running,
                    files,
                    request,
                    client,
                    vertices,
                    platform,
                    dockerfile,
                    contexts,
                    bases,
                    imports,
                    used,
                    lease,
                    holds,
                    threads,
                    manner.record(),
                    failure),
            recordings);
      } catch (CacheImports.Gone e) {
        // What was done is kept: only what stood on that layer is done anew.
        imports.forget(e);
        if (checked.state() != Future.State.SUCCESS) {
          checked = new FutureTask<>(check);
        }
      }
    }
  }

  /// Makes the run for a platform.
  private interface Running {
    BuildRun of(Platform platform, ExecutorService threads, AtomicReference<Throwable> failure);
  }

  /// @param checked what is to be said of the Dockerfile; runs beside the steps, since it waits for
  ///   base images, as they do
  /// @param first it may forbid them
  private static Map<Platform, Built> attempt(
      List<Platform> platforms,
      FutureTask<Boolean> checked,
      boolean first,
      Running running,
      Map<Platform, Recording> recordings)
      throws IOException, InterruptedException {
    Map<Platform, Built> built = new LinkedHashMap<>();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    // Closing it waits for what runs, which by then has ended or been interrupted.
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        threads.execute(checked);
        if (first) {
          BuildRun.await(checked);
        }
        Map<Platform, Future<Built>> begun = new LinkedHashMap<>();
        for (Platform platform : platforms) {
          BuildRun one = running.of(platform, threads, failure);
          recordings.put(platform, one.recording);
          begun.put(platform, threads.submit(one::target));
        }
        for (Map.Entry<Platform, Future<Built>> e : begun.entrySet()) {
          built.put(e.getKey(), BuildRun.await(e.getValue()));
        }
        BuildRun.await(checked);
      } catch (IOException | InterruptedException | RuntimeException e) {
        if (e instanceof InterruptedException || !(failure.get() instanceof CacheImports.Gone)) {
          threads.shutdownNow();
        }
        throw first(failure.get(), e);
      }
    }
    return built;
  }

  /// Of the failures of several stages the one that ended the others.
  private static RuntimeException first(@Nullable Throwable first, Exception seen)
      throws IOException, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Throwable reason = first == null ? seen : first;
    if (reason instanceof IOException io) {
      throw io;
    }
    if (reason instanceof InterruptedException i) {
      throw i;
    }
    if (reason instanceof Error e) {
      throw e;
    }
    return reason instanceof RuntimeException r ? r : new IllegalStateException(reason);
  }

  // ---- what is kept

  @Override
  public List<Usage> usage() throws IOException {
    return kept.usage();
  }

  @Override
  public List<Usage> prune(boolean all, Duration unusedFor, long keep) throws IOException {
    return kept.prune(all, Instant.now().minus(unusedFor), keep);
  }
}
