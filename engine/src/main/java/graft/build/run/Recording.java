package graft.build.run;

import graft.build.BuildRequest;
import graft.build.cache.Kept;
import graft.build.dockerfile.Instruction;
import graft.build.dockerfile.Origin;
import graft.build.dockerfile.RunMount;
import graft.build.plan.StageGraph;
import graft.build.plan.StagePlan;
import graft.build.plan.Step;
import graft.build.plan.Step.Work;
import graft.build.run.BuildRun.Start;
import graft.build.source.FileTree;
import graft.build.source.TreeList;
import graft.build.source.Used;
import graft.oci.Digest;
import graft.oci.ImageConfig;
import graft.oci.Platform;
import graft.recipe.Recipe;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/// What a build for one platform notes while it goes on, and the recipe it makes of that. Stages
/// note side by side; the recipe is asked for when they have ended.
final class Recording {
  private static final String FRONTEND = "dockerfile.v0";
  private static final String BUILDER = "graft 1";

  /// What a proxy's value has to be at least to be searched for: `1` is everywhere.
  private static final int SHORTEST_SECRET = 4;

  /// Build arguments that the builder itself reads, by how their names begin.
  private static final List<String> OWN = List.of("BUILDKIT_", "GRAFT_", "SOURCE_DATE_EPOCH");

  /// @param context whether the client has put the image in the place of the name
  private record Wanted(String name, boolean context, Platform platform) {}

  /// One fetched by ADD.
  private record Added(Recipe.Source.Origin origin, FileTree tree) {}

  /// A recipe, and the lists that it names.
  ///
  /// @param trees by the digest of their list
  record Finished(Recipe.Build recipe, Map<Digest, Listed> trees) {}

  /// @param list of it, as it is stored
  record Listed(FileTree tree, byte[] list) {}

  private final BuildRun build;
  private final RecordContext mode;
  private final Instant started = Instant.now();
  private final Map<Integer, List<Begun>> stages = new ConcurrentHashMap<>();
  private final Map<Integer, String> on = new ConcurrentHashMap<>();
  private final Map<Wanted, Start> images = new ConcurrentHashMap<>();
  private final Map<String, Finished> results = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> contexts = new ConcurrentHashMap<>();
  private final Map<String, Added> added = new ConcurrentHashMap<>();

  Recording(BuildRun build, RecordContext mode) {
    this.build = build;
    this.mode = mode;
  }

  // ---- while it goes on

  /// Hears of the layer that a step has made.
  interface Note {
    void made(Kept kept, boolean cached);
  }

  /// A step that has begun.
  private static final class Begun implements Note {
    private final Step step;
    private final boolean trigger;
    private final Instant begun = Instant.now();
    private Optional<Recipe.Result> result = Optional.empty();

    private Begun(Step step, boolean trigger) {
      this.step = step;
      this.trigger = trigger;
    }

    @Override
    public void made(Kept kept, boolean cached) {
      result =
          Optional.of(
              new Recipe.Result(
                  kept.layer(),
                  kept.key(),
                  kept.size(),
                  cached,
                  begun,
                  Instant.now(),
                  kept.packages()));
    }
  }

  Note step(int stage, Step step, boolean trigger) {
    Begun note = new Begun(step, trigger);
    stages.computeIfAbsent(stage, _ -> new ArrayList<>()).add(note);
    return note;
  }

  /// A FROM that is a context, whose files become the first layer.
  Note from(int stage, Origin origin, String title) {
    return step(
        stage,
        new Step(0, title, origin, new Work.Nothing(), ImageConfig.Settings.EMPTY, "", ""),
        false);
  }

  /// What a stage stands on, by its name.
  void stage(int index, String base) {
    on.put(index, base);
  }

  void image(String name, boolean context, Platform platform, Start start) {
    images.put(new Wanted(name, context, platform), start);
  }

  void result(String name, Outcome outcome) throws IOException, InterruptedException {
    results.put(name, outcome.recorded(build.platform));
  }

  /// @param name of a context; empty for the main one
  Used context(String name) {
    Set<String> paths = contexts.computeIfAbsent(name, _ -> ConcurrentHashMap.newKeySet());
    return mode == RecordContext.USED ? paths::add : Used.NOBODY;
  }

  void added(String url, Recipe.Source.Origin origin, FileTree tree) {
    added.put(url, new Added(origin, tree));
  }

  // ---- afterwards

  /// @param layers of the image, bottom first
  Finished finish(List<Digest> layers) throws IOException, InterruptedException {
    Map<Digest, Listed> trees = new HashMap<>();
    List<Recipe.Source> sources = new ArrayList<>();
    for (String name : new TreeMap<>(contexts).keySet()) {
      Contexts.Loaded loaded = build.contexts.loaded(name);
      sources.add(
          new Recipe.Source(
              new Recipe.Source.Use.Context(name), loaded.origin(), tree(name, loaded, trees)));
    }
    for (Map.Entry<String, Added> one : new TreeMap<>(added).entrySet()) {
      sources.add(
          new Recipe.Source(
              new Recipe.Source.Use.Add(withoutLogin(one.getKey())),
              one.getValue().origin(),
              mode == RecordContext.NONE
                  ? Optional.empty()
                  : Optional.of(list(one.getValue().tree(), trees))));
    }
    List<Recipe.Base> bases = new ArrayList<>();
    images.forEach((wanted, start) -> bases.add(base(wanted, start)));
    results.forEach((name, finished) -> {
      trees.putAll(finished.trees());
      bases.add(new Recipe.Base.Result(name, finished.recipe()));
    });
    bases.sort(Comparator.comparing(Recipe.Base::name));
    BuildRequest request = build.request;
    Map<String, String> arguments = arguments();
    Recipe.Build recipe =
        new Recipe.Build(
            new Recipe.Frontend(
                FRONTEND, BUILDER, build.dockerfile.directives().syntax().map(s -> s.image())),
            Recipe.Definition.of(
                request.dockerfile().path(), build.dockerfile.data(), build.contexts.ignoreText()),
            request.target(),
            build.platform,
            arguments,
            undisclosed(),
            request.labels(),
            request.annotations(),
            options(request.run()),
            request.sourceDateEpoch(),
            bases,
            sources,
            stages(),
            layers,
            started,
            Instant.now());
    return new Finished(recipe, trees);
  }

  private static Recipe.Base base(Wanted wanted, Start start) {
    Digest manifest = start.record().manifest().digest();
    return new Recipe.Base.Image(
        wanted.name(),
        wanted.context(),
        start.name(),
        start.record().digests().stream()
            .flatMap(d -> d.digest().stream())
            .filter(d -> !d.equals(manifest))
            .findFirst(),
        manifest,
        start.record().id(),
        start.record().platform(),
        start.record().diffIds());
  }

  private Optional<Recipe.Tree> tree(
      String name, Contexts.Loaded loaded, Map<Digest, Listed> trees) {
    return switch (mode) {
      case NONE -> Optional.empty();
      case USED ->
          Optional.of(list(subset(loaded.tree(), contexts.getOrDefault(name, Set.of())), trees));
      case ALL -> Optional.of(list(loaded.tree(), trees));
    };
  }

  /// These, and the directories they are in.
  private static FileTree subset(FileTree all, Set<String> paths) {
    TreeMap<String, FileTree.Entry> some = new TreeMap<>();
    for (String path : paths) {
      String at = path;
      while (!at.isEmpty() && !some.containsKey(at)) {
        FileTree.Entry entry = all.entries().get(at);
        if (entry != null) {
          some.put(at, entry);
        }
        at = at.contains("/") ? at.substring(0, at.lastIndexOf('/')) : "";
      }
    }
    return new FileTree(some);
  }

  private static Recipe.Tree list(FileTree tree, Map<Digest, Listed> trees) {
    byte[] packed = TreeList.write(tree);
    Digest list = Digest.of(packed);
    trees.put(list, new Listed(tree, packed));
    long bytes =
        tree.entries().values().stream()
            .mapToLong(e -> e instanceof FileTree.File f ? f.size() : 0)
            .sum();
    return new Recipe.Tree(list, TreeList.root(tree), tree.entries().size(), bytes, false);
  }

  // ---- arguments

  private boolean isProxy(String name) {
    return StagePlan.PROXIES.contains(name);
  }

  private Map<String, String> arguments() {
    Set<String> declared = new HashSet<>();
    build.dockerfile.globals().forEach(a -> a.arguments().forEach(x -> declared.add(x.key())));
    for (int index : build.graph.needed()) {
      for (Instruction i : build.graph.stages().get(index).stage().instructions()) {
        if (i instanceof Instruction.Arg arg) {
          arg.arguments().forEach(x -> declared.add(x.key()));
        }
      }
    }
    stages.values().stream()
        .flatMap(List::stream)
        .filter(n -> n.trigger)
        .forEach(n -> declared.addAll(declaredBy(n.step)));
    Map<String, String> all = new LinkedHashMap<>();
    build
        .request
        .arguments()
        .forEach((name, value) -> {
          boolean used = declared.contains(name) || OWN.stream().anyMatch(name::startsWith);
          if (used && !isProxy(name)) {
            value.ifPresent(v -> all.put(name, v));
          }
        });
    return all;
  }

  private static Set<String> declaredBy(Step step) {
    return step.origin().keyword().equalsIgnoreCase("ARG")
        ? Set.of(step.origin().text().split("\\s+")[1].replaceFirst("=.*", ""))
        : Set.of();
  }

  private List<String> undisclosed() {
    return build.request.arguments().entrySet().stream()
        .filter(e -> e.getValue().isPresent() && isProxy(e.getKey()))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /// Puts the names of proxies where their values are.
  private UnaryOperator<String> hiding() {
    Map<String, String> names = new LinkedHashMap<>();
    build
        .request
        .arguments()
        .forEach((name, value) -> {
          if (isProxy(name) && value.orElse("").length() >= SHORTEST_SECRET) {
            names.put(value.get(), "${" + name + "}");
          }
        });
    return text -> {
      String hidden = text;
      for (Map.Entry<String, String> one : names.entrySet()) {
        hidden = hidden.replace(one.getKey(), one.getValue());
      }
      return hidden;
    };
  }

  /// `https://user:password@host/…` as `https://host/…`.
  static String withoutLogin(String url) {
    return url.replaceFirst("^([a-z+]+://)[^/@]*@", "$1");
  }

  private static Recipe.Options options(BuildRequest.RunOptions r) {
    return new Recipe.Options(
        r.network(),
        r.hosts(),
        r.ulimits(),
        r.shmSize(),
        r.cgroupParent(),
        r.hostname(),
        r.memory(),
        r.memorySwap(),
        r.cpuShares(),
        r.cpuPeriod(),
        r.cpuQuota(),
        r.cpusetCpus(),
        r.cpusetMems(),
        r.entitlements());
  }

  // ---- stages

  private List<Recipe.Stage> stages() {
    UnaryOperator<String> hiding = hiding();
    List<Recipe.Stage> all = new ArrayList<>();
    for (int index : build.graph.needed()) {
      StageGraph.Node node = build.graph.stages().get(index);
      all.add(
          new Recipe.Stage(
              index,
              node.stage().from().origin().lines().first(),
              node.name(),
              on.getOrDefault(index, ""),
              node.needs().stream().sorted().toList(),
              stages.getOrDefault(index, List.of()).stream().map(n -> step(n, hiding)).toList()));
    }
    return all;
  }

  private static Recipe.Step step(Begun note, UnaryOperator<String> hiding) {
    Step step = note.step;
    return new Recipe.Step(
        step.origin().lines().first(),
        step.origin().lines().last(),
        note.trigger,
        hiding.apply(step.title()),
        action(step.work(), hiding),
        step.settings().shell().orElse(List.of("/bin/sh", "-c")),
        step.settings().workingDir().isEmpty() ? "/" : step.settings().workingDir(),
        step.settings().user(),
        note.result);
  }

  private static Recipe.Action action(Work work, UnaryOperator<String> hiding) {
    return switch (work) {
      case Work.Nothing _ -> new Recipe.Action.Configure();
      case Work.Directory(String path, String _) -> new Recipe.Action.MakeDirectory(path);
      case Work.Run run ->
          new Recipe.Action.Run(
              run.arguments().stream().map(hiding).toList(),
              run.environment().stream()
                  .filter(e -> !StagePlan.PROXIES.contains(e.substring(0, e.indexOf('='))))
                  .map(hiding)
                  .toList(),
              run.mounts().stream().map(Recording::mount).toList(),
              run.network().name(),
              run.security().name());
      case Work.Copy(Instruction.Copy i, String destination) ->
          new Recipe.Action.Copy(
              false,
              i.from(),
              sources(i.sources(), i.files(), hiding),
              destination,
              i.chown(),
              i.chmod(),
              i.link());
      case Work.Add(Instruction.Add i, String destination) ->
          new Recipe.Action.Copy(
              true,
              "",
              sources(i.sources(), i.files(), hiding),
              destination,
              i.chown(),
              i.chmod(),
              i.link());
    };
  }

  private static List<String> sources(
      List<String> paths, List<Instruction.InlineFile> inline, UnaryOperator<String> hiding) {
    List<String> all = new ArrayList<>();
    paths.forEach(p -> all.add(hiding.apply(withoutLogin(p))));
    inline.forEach(f -> all.add("<<" + f.name()));
    return all;
  }

  private static Recipe.Mount mount(RunMount mount) {
    return switch (mount) {
      case RunMount.Bind b -> new Recipe.Mount("bind", "", b.from(), b.source(), b.target());
      case RunMount.Cache c -> new Recipe.Mount("cache", c.id(), c.from(), c.source(), c.target());
      case RunMount.Tmpfs t -> new Recipe.Mount("tmpfs", "", "", "", t.target());
      case RunMount.Secret s ->
          new Recipe.Mount(
              "secret", s.id(), "", s.env().map(e -> "env:" + e).orElse(""), s.path().orElse(""));
      case RunMount.Ssh s -> new Recipe.Mount("ssh", s.id(), "", "", s.target());
    };
  }
}
