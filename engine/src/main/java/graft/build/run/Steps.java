package graft.build.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Vertices.Numbered;
import graft.build.Vertices.Vertex;
import graft.build.cache.CacheRecords;
import graft.build.cache.Kept;
import graft.build.cache.NewLayer;
import graft.build.cache.StepCache;
import graft.build.cache.StepKey;
import graft.build.plan.StagePlan;
import graft.build.plan.Step;
import graft.build.plan.Step.Work;
import graft.build.run.BuildRun.Built;
import graft.build.run.BuildRun.Entry;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/// The steps of a build: each is looked up by its key, and done if nothing is kept under that.
final class Steps {
  /// A step before it is known whether it has to be done.
  ///
  /// @param inputs keys of kept steps, and vertices, of stages that it takes files from
  /// @param alone its result does not depend on what it stands on
  /// @param content another key, of the bytes that it takes from stages rather than of how these
  ///   were made; empty if it takes none
  record Prepared(
      StepKey key,
      List<Taken> inputs,
      boolean alone,
      Optional<ContentKey> content,
      Making making) {}

  /// A key that takes reading to be known.
  interface ContentKey {
    StepKey read() throws IOException;
  }

  /// A stage that something is taken from.
  ///
  /// @param layers that its files are in
  record Taken(List<Digest> keys, List<Digest> vertices, List<Digest> layers) {
    static final Taken NOTHING = new Taken(List.of(), List.of(), List.of());
  }

  /// Does it.
  interface Making {
    /// @param below bottom first; empty for one that stands alone
    NewLayer make(Vertex vertex, List<Digest> below) throws IOException, InterruptedException;
  }

  private final BuildRun build;
  private final CopyStep copies;
  private final RunStep runs;

  Steps(BuildRun build) {
    this.build = build;
    this.copies = new CopyStep(build);
    this.runs = new RunStep(build.rooms, build.request.run());
  }

  Built run(
      int stage, Step step, String title, Numbered numbered, Built before, Recording.Note note)
      throws IOException, InterruptedException {
    Prepared prepared =
        switch (step.work()) {
          case Work.Nothing _ -> null;
          case Work.Run run -> prepare(stage, step, run, before);
          case Work.Copy copy -> copies.prepare(stage, copy);
          case Work.Add add -> copies.prepare(add);
          case Work.Directory(String path, String user) -> copies.directory(path, user);
        };
    Named named = new Named(step.origin().text(), title, step.history(), numbered);
    if (prepared == null) {
      Built after = config(step, before);
      build.vertices.passed(numbered, state(after, step));
      return after;
    }
    return layer(prepared, noCache(stage), named, before, note);
  }

  /// What a step is called.
  ///
  /// @param written in the Dockerfile
  /// @param title for progress
  private record Named(String written, String title, String history, Numbered numbered) {}

  /// What the image is so far.
  private static Digest state(Built built, Step step) {
    return StepKey.digest(List.of(chain(built.layers()), step.settings().toString()));
  }

  /// All files of a context, as a stage.
  Built copyAll(Built empty, Inputs.OfTree tree, String title, Recording.Note note)
      throws IOException, InterruptedException {
    return layer(copies.all(tree), false, new Named(title, title, "", Numbered.NONE), empty, note);
  }

  private static Built config(Step step, Built before) {
    if (step.history().isEmpty()) {
      return before;
    }
    List<Entry> history = new ArrayList<>(before.history());
    history.add(new Entry(step.history(), false, Optional.empty()));
    return new Built(
        before.layers(), before.state(), history, before.base(), before.keys(), before.last());
  }

  private boolean noCache(int stage) {
    return switch (build.request.noCache()) {
      case BuildRequest.NoCache.Nothing _ -> false;
      case BuildRequest.NoCache.Everything _ -> true;
      case BuildRequest.NoCache.Stages(List<String> names) ->
          names.stream()
              .anyMatch(
                  n -> n.toLowerCase(Locale.ROOT).equals(build.graph.stages().get(stage).name()));
    };
  }

  // ---- a step that makes a layer

  private Built layer(
      Prepared prepared, boolean noCache, Named named, Built before, Recording.Note note)
      throws IOException, InterruptedException {
    Digest key = placed(prepared.key(), prepared, before).digest();
    List<Digest> inputs = new ArrayList<>(before.last());
    prepared.inputs().forEach(t -> inputs.addAll(t.vertices()));
    while (true) {
      Optional<Kept> hit = noCache ? Optional.empty() : build.cache.find(key, build.holds);
      if (hit.isPresent()) {
        Vertex vertex = build.vertices.begin(named.title(), inputs, named.numbered());
        vertex.completed(true);
        note.made(hit.get(), true);
        return after(before, hit.get(), named, vertex);
      }
      CompletableFuture<Void> mine = new CompletableFuture<>();
      Future<?> other = noCache ? null : build.running.putIfAbsent(key, mine);
      if (other != null) {
        BuildRun.await(other);
        continue;
      }
      try {
        hit = noCache ? Optional.empty() : build.cache.find(key, build.holds);
        if (hit.isPresent()) {
          continue;
        }
        hit = noCache ? Optional.empty() : imported(prepared, key, named, before);
        if (hit.isPresent()) {
          Vertex vertex = build.vertices.begin(named.title(), inputs, named.numbered());
          vertex.completed(true);
          note.made(hit.get(), true);
          return after(before, hit.get(), named, vertex);
        }
        Optional<StepKey> content = content(prepared, before);
        hit = noCache ? Optional.empty() : alike(content, prepared, key, named, before);
        if (hit.isEmpty()) {
          build.imports.need(before.layers());
          for (Taken taken : prepared.inputs()) {
            build.imports.need(taken.layers());
          }
          Vertex vertex = build.vertices.begin(named.title(), inputs, named.numbered());
          Kept made = make(prepared, content.orElse(prepared.key()), key, named, before, vertex);
          note.made(made, false);
          return after(before, made, named, vertex);
        }
      } finally {
        build.running.remove(key, mine);
        mine.complete(null);
      }
    }
  }

  private StepKey placed(StepKey key, Prepared prepared, Built before) {
    if (!prepared.alone()) {
      key.add("on", chain(before.layers()));
    }
    build.request.sourceDateEpoch().ifPresent(e -> key.add("epoch", e.toString()));
    return key;
  }

  private Optional<StepKey> content(Prepared prepared, Built before)
      throws IOException, InterruptedException {
    if (prepared.content().isEmpty()) {
      return Optional.empty();
    }
    for (Taken taken : prepared.inputs()) {
      build.imports.need(taken.layers());
    }
    try {
      return Optional.of(placed(prepared.content().get().read(), prepared, before));
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.NOT_FOUND) {
        return Optional.empty(); // What is missing there, the step itself will miss.
      }
      throw e;
    }
  }

  /// What another engine has made of the step.
  private Optional<Kept> imported(Prepared prepared, Digest key, Named named, Built before)
      throws IOException, InterruptedException {
    Optional<CacheRecords.Step> step = build.imports.find(key);
    if (step.isEmpty()) {
      return Optional.empty();
    }
    Kept kept = kept(step.get(), prepared, key, named, before);
    build.imports.expect(kept);
    return Optional.of(kept);
  }

  private Kept kept(
      CacheRecords.Step step, Prepared prepared, Digest key, Named named, Built before) {
    NewLayer layer = new NewLayer(step.layer(), step.size(), Optional.empty());
    Kept kept = kept(prepared, prepared.key(), key, named, before, layer, step.created());
    return kept.foreign(step.content());
  }

  /// A step that took the same files from a stage, though the stage was not made in the same way.
  private Optional<Kept> alike(
      Optional<StepKey> content, Prepared prepared, Digest key, Named named, Built before)
      throws IOException, InterruptedException {
    if (content.isEmpty()) {
      return Optional.empty();
    }
    Optional<Kept> found = build.cache.alike(content.get().digest(), build.holds);
    if (found.isEmpty()) {
      Optional<CacheRecords.Step> step = build.imports.alike(content.get().digest());
      if (step.isPresent()) {
        found = Optional.of(kept(step.get(), prepared, key, named, before));
        build.imports.expect(found.get());
      }
      return found;
    }
    if (found.isPresent()) {
      Kept k = found.get();
      NewLayer layer = new NewLayer(k.layer(), k.size(), k.identity());
      // Under this key, it will be found without reading.
      keep(
          kept(prepared, content.get(), key, named, before, layer, k.created()).with(k.packages()));
    }
    return found;
  }

  private Kept make(
      Prepared prepared, StepKey content, Digest key, Named named, Built before, Vertex vertex)
      throws IOException, InterruptedException {
    vertex.explain(reason(content, named));
    try {
      List<Digest> below = prepared.alone() ? List.of() : before.layers();
      NewLayer layer = prepared.making().make(vertex, below);
      Instant created = build.request.sourceDateEpoch().orElseGet(Instant::now);
      Kept kept =
          kept(prepared, content, key, named, before, layer, created)
              .with(StepPackages.of(build.rooms, before.layers(), layer.diffId()));
      keep(kept);
      vertex.completed(false);
      return kept;
    } catch (IOException | InterruptedException | RuntimeException e) {
      vertex.failed(e);
      throw e;
    }
  }

  private Kept kept(
      Prepared prepared,
      StepKey content,
      Digest key,
      Named named,
      Built before,
      NewLayer layer,
      Instant created) {
    List<Digest> parents = new ArrayList<>(prepared.alone() ? List.of() : before.keys());
    prepared.inputs().forEach(t -> parents.addAll(t.keys()));
    return new Kept(
        key,
        parents.stream().distinct().toList(),
        slot(named.written()),
        layer.diffId(),
        prepared.alone() ? List.of() : before.layers(),
        layer.size(),
        layer.identity(),
        created,
        Instant.now(),
        1,
        named.title(),
        content.digest(),
        content.lines(),
        Optional.empty());
  }

  private void keep(Kept kept) throws IOException {
    StepCache.drop(build.rooms.images(), build.cache.keep(kept, build.holds));
  }

  /// The first difference to what was kept last of the same instruction.
  private String reason(StepKey key, Named named) throws IOException {
    Optional<Kept> last = build.cache.last(slot(named.written()));
    if (last.isEmpty()) {
      return "nothing is kept of this instruction";
    }
    List<String> now = key.lines();
    Optional<String> first = StepKey.difference(last.get().lines(), now);
    if (first.isEmpty()) {
      return "it was not to be taken from the cache";
    }
    if (first.get().startsWith("on: ")) {
      return "the step before it has another result";
    }
    return first.get().startsWith("files: ")
        ? "files: " + manifests(last.get().lines(), now).orElse("other files than before")
        : first.get();
  }

  /// Which file, if both lists are still here.
  private Optional<String> manifests(List<String> before, List<String> now) throws IOException {
    Optional<List<String>> old = manifest(before);
    Optional<List<String>> fresh = manifest(now);
    return old.isPresent() && fresh.isPresent()
        ? StepKey.difference(old.get(), fresh.get())
        : Optional.empty();
  }

  private Optional<List<String>> manifest(List<String> lines) throws IOException {
    Optional<String> line = lines.stream().filter(l -> l.startsWith("files: ")).findFirst();
    if (line.isEmpty()) {
      return Optional.empty();
    }
    Optional<Path> file = build.files.find(Digest.parse(line.get().substring("files: ".length())));
    return file.isEmpty() ? Optional.empty() : Optional.of(Files.readAllLines(file.get()));
  }

  static Digest slot(String written) {
    return Digest.of(written.getBytes(UTF_8));
  }

  /// The identity of a stack of layers.
  static String chain(List<Digest> layers) {
    return StepKey.digest(layers.stream().map(Digest::toString).toList()).toString();
  }

  private Built after(Built before, Kept kept, Named named, Vertex vertex) {
    build.used.add(kept);
    List<Digest> layers = new ArrayList<>(before.layers());
    layers.add(kept.layer());
    List<Entry> all = new ArrayList<>(before.history());
    all.add(new Entry(named.history(), true, Optional.of(kept.created())));
    build.vertices.done(vertex, named.numbered(), Digest.of(chain(layers).getBytes(UTF_8)));
    return new Built(
        layers, before.state(), all, before.base(), List.of(kept.key()), List.of(vertex.id()));
  }

  // ---- RUN

  /// For which platform programs are there.
  private Platform platform(int stage, Built before) {
    return before
        .base()
        .map(base -> base.image().config().platform())
        .orElseGet(() -> build.graph.platform(stage));
  }

  private Prepared prepare(int stage, Step step, Work.Run run, Built before)
      throws IOException, InterruptedException {
    Platform platform = platform(stage, before);
    StepKey key =
        new StepKey()
            .add("does", "run")
            .add("argument", run.arguments())
            .add("variable", known(run.environment()))
            .add("directory", run.directory())
            .add("user", run.user())
            .add("network", run.network().toString())
            .add("security", run.security().toString())
            .add("host", build.request.run().hosts())
            .add("platform", platform.toString());
    run.scripts().forEach(s -> key.add("script " + s.name(), s.content()));
    MountSet mounts = MountSet.of(build, stage, run.directory(), run.mounts(), key);
    return new Prepared(
        key,
        mounts.inputs(),
        false,
        Optional.empty(),
        (vertex, _) -> {
          Foreign.check(platform);
          return make(step, run, mounts, vertex, before);
        });
  }

  /// Without proxies, which say how something is reached and not what.
  private List<String> known(List<String> environment) {
    return environment.stream()
        .filter(e -> !StagePlan.PROXIES.contains(e.substring(0, e.indexOf('='))))
        .sorted()
        .toList();
  }

  private NewLayer make(Step step, Work.Run run, MountSet mounts, Vertex vertex, Built before)
      throws IOException, InterruptedException {
    List<Digest> below = before.layers();
    try (RunStep.Result result = runs.run(run, below, mounts.open(), vertex::output)) {
      if (result.code() != 0) {
        build
            .failed
            .keep(build, before, run, step.history(), mounts, result.changes())
            .ifPresent(vertex::kept);
        throw new BuildException(
            "process \""
                + String.join(" ", run.arguments())
                + "\" did not complete successfully: exit code: "
                + result.code(),
            Optional.empty(),
            OptionalInt.of(result.code()));
      }
      return NewLayer.store(build.rooms.layers(), build.lease, below, result.changes());
    }
  }
}
