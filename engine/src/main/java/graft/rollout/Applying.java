package graft.rollout;

import static java.util.Objects.requireNonNull;

import graft.build.BuildException;
import graft.build.Builds;
import graft.db.Db;
import graft.error.GraftException;
import graft.facts.Root;
import graft.images.AtOnce;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.rebase.Patch;
import graft.rebase.Regeneration;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// One plan that is carried out: level by level, the images of a level at the same time.
final class Applying {
  private final Rooms rooms;
  private final Material material;
  private final PlanImages planned;
  private final Generations generations;
  private final Plan plan;
  private final Work work;
  private final Rollouts.Apply how;
  private final Consumer<Progress> listener;

  /// What took whose place.
  private final Map<Digest, ImageRecord> ready = new ConcurrentHashMap<>();

  private volatile boolean failed;

  private final Keeping keeping;

  /// Of those whose containers run.
  private final Semaphore turns = new Semaphore(Scratch.AT_ONCE, true);

  /// @param listener may be called by several threads, one after the other
  Applying(
      Rooms rooms,
      Material material,
      PlanImages planned,
      Generations generations,
      Plan plan,
      Work work,
      Rollouts.Apply how,
      Consumer<Progress> listener) {
    this.rooms = rooms;
    this.material = material;
    this.planned = planned;
    this.generations = generations;
    this.plan = plan;
    this.work = work;
    this.how = how;
    this.listener = listener;
    this.keeping = new Keeping(rooms, generations, new Kept());
  }

  /// What becomes of images that are kept together.
  private final class Kept implements Keeping.Listener {
    @Override
    public void kept(Plan.Node node, ImageRecord image) {
      ready(node, image);
    }

    @Override
    public void failed(Plan.Node node, GraftException why) {
      Applying.this.failed(node, why.text());
    }
  }

  private void ready(Plan.Node node, ImageRecord image) {
    ready.put(node.image(), image);
    tell(node, Progress.State.READY, "", Optional.of(image.id()));
  }

  private synchronized void tell(Progress progress) {
    listener.accept(progress);
  }

  private void tell(Plan.Node node, Progress.State state, String message, Optional<Digest> made) {
    tell(new Progress.OfImage(false, node.image(), node.names(), state, message, made));
  }

  Optional<Generation> run() throws IOException, InterruptedException {
    for (Plan.Parent parent : plan.parents()) {
      parent(parent);
    }
    Map<Integer, List<Plan.Node>> levels = new TreeMap<>();
    plan.nodes().forEach(n -> levels.computeIfAbsent(n.level(), _ -> new ArrayList<>()).add(n));
    try (keeping;
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (List<Plan.Node> level : levels.values()) {
        List<Future<?>> going = new ArrayList<>();
        for (Plan.Node node : level) {
          going.add(
              threads.submit(() -> {
                node(node);
                return node;
              }));
        }
        for (Future<?> one : going) {
          var _ = AtOnce.result(one, threads);
        }
        keeping.flush();
      }
    }
    return switched();
  }

  private void parent(Plan.Parent parent) throws IOException {
    if (parent.onto().isEmpty()) {
      tell(
          new Progress.OfImage(
              true,
              parent.image(),
              parent.names(),
              Progress.State.SKIPPED,
              parent.text(),
              Optional.empty()));
      return;
    }
    Digest onto = parent.onto().get();
    tell(
        new Progress.OfImage(
            true, parent.image(), parent.names(), Progress.State.READY, "", Optional.of(onto)));
    if (plan.nested().contains(parent)) {
      work.instead(parent.image(), onto);
      return;
    }
    if (work.outcome(parent.image()).isEmpty()) {
      work.becomes(parent.image(), work.here(onto));
    }
    ready.put(parent.image(), material.record(onto));
  }

  private void node(Plan.Node node) throws IOException, InterruptedException {
    if (isOver()) {
      skip(node, "another one failed before");
      return;
    }
    Digest source = work.source(node.image());
    ImageRecord base = ready.get(node.parent());
    if (base == null && source.equals(node.image())) {
      skip(node, "its base stays where it is");
      return;
    }
    try {
      Judged judged = work.judge(node.image(), node.parent(), node.level());
      if (!judged.regenerations().isEmpty()) {
        judged = regenerated(node, requireNonNull(base), judged);
      }
      Plan.Verdict verdict = judged.node().verdict();
      if (verdict == Plan.Verdict.SAME && source.equals(node.image())) {
        work.stays(node.image());
        return;
      }
      if (verdict == Plan.Verdict.REFUSE) {
        skip(
            node,
            judged.node().reasons().isEmpty()
                ? "refused"
                : judged.node().reasons().getFirst().text());
        return;
      }
      tell(node, Progress.State.MAKING, "", Optional.empty());
      Optional<Gate> gate = Gate.of(judged.node(), material.image(node.image()), how.test());
      boolean needed = judged.node().trust() == Plan.Vouched.UNKNOWN;
      if (needed && gate.isEmpty() && !how.force()) {
        failed(
            node,
            "nobody vouches that it works on the new base, so it has to be tried, and there is"
                + " nothing to try it by: give a test, or take it untried by force");
        return;
      }
      switch (verdict) {
        case RERUN -> made(node, gate, rerun(node, requireNonNull(base), judged.part()));
        case PROVEN, CHECKED, MERGE -> {
          Keeping.Product product =
              product(node, requireNonNull(base), chosen(node, judged, needed && gate.isEmpty()));
          if (gate.isPresent()) {
            made(node, gate, keeping.now(product));
          } else {
            keeping.later(node, product);
          }
        }
        case SAME, REFUSE -> made(node, gate, material.record(source));
      }
    } catch (BuildException e) {
      failed(node, "its recipe, run again, failed: " + e.getMessage());
    } catch (GraftException | IOException e) {
      failed(
          node,
          e instanceof GraftException g ? Logins.hinted(g).text() : String.valueOf(e.getMessage()));
    }
  }

  /// Made, and here.
  private void made(Plan.Node node, Optional<Gate> gate, ImageRecord image)
      throws IOException, InterruptedException {
    if (gate.isEmpty() || passes(node, image, gate.get())) {
      ready(node, image);
    }
  }

  /// Nothing more is begun.
  private boolean isOver() {
    return failed && how.onFailure() != Rollouts.OnFailure.CONTINUE;
  }

  /// What was taken untried says so; those on it are judged again then.
  private Made chosen(Plan.Node node, Judged judged, boolean untried) {
    Made made = judged.outcome().orElseThrow();
    if (!untried) {
      return made;
    }
    Made marked = work.untried(made);
    work.becomes(node.image(), marked);
    return marked;
  }

  private boolean passes(Plan.Node node, ImageRecord made, Gate gate)
      throws IOException, InterruptedException {
    turns.acquire();
    try {
      if (isOver()) {
        skip(node, "another one failed before");
        return false;
      }
      tell(node, Progress.State.TESTING, gate.text(), Optional.of(made.id()));
      Scratch scratch = new Scratch(rooms.containers());
      Optional<String> wrong =
          switch (gate) {
            case Gate.Command c -> scratch.run(made, c.words());
            case Gate.Healthy _ -> scratch.healthy(made);
          };
      wrong.ifPresent(why -> failed(node, why));
      return wrong.isEmpty();
    } finally {
      turns.release();
    }
  }

  private void skip(Plan.Node node, String why) {
    work.stays(node.image());
    tell(node, Progress.State.SKIPPED, why, Optional.empty());
  }

  private void failed(Plan.Node node, String why) {
    failed = true;
    work.stays(node.image());
    tell(node, Progress.State.FAILED, why, Optional.empty());
  }

  // ---- images

  private Keeping.Product product(Plan.Node node, ImageRecord base, Made made) throws IOException {
    Optional<Recipe> recipe =
        BaseOf.moved(
            material.recipe(work.source(node.image())),
            material.record(node.parent()),
            base,
            made.image().config().diffIds());
    return new Keeping.Product(made.image(), made.patch(), base, recipe.map(r -> recipe(node, r)));
  }

  /// Programs of the image make files anew, in containers of the image as it would be without that.
  /// If one fails, the image is judged again as if they could not.
  private Judged regenerated(Plan.Node node, ImageRecord base, Judged judged)
      throws IOException, InterruptedException {
    Judged.Stale stale = judged.stale();
    boolean here = rooms.images().byId(stale.image().config().id()).isPresent();
    ImageRecord image =
        keeping.now(new Keeping.Product(stale.image(), stale.patch(), base, Optional.empty()));
    try {
      Root before = Root.of(stale.layers());
      Patch all = Patch.NOTHING;
      for (Regeneration one : judged.regenerations()) {
        String title = one.generator();
        try {
          all = all.with(ran(node, image, before, one));
        } catch (GraftException e) {
          work.notRegenerated(node.image(), title + " " + e.text());
          tell(node, Progress.State.MAKING, title + " " + e.text(), Optional.empty());
          return work.judge(node.image(), node.parent(), node.level());
        }
      }
      work.regenerated(node.image(), all);
    } finally {
      if (!here) {
        rooms.images().discard(image.id());
      }
    }
    return work.judge(node.image(), node.parent(), node.level());
  }

  private Patch ran(Plan.Node node, ImageRecord image, Root before, Regeneration one)
      throws IOException, InterruptedException {
    turns.acquire();
    try {
      tell(node, Progress.State.MAKING, one.generator() + " runs in it", Optional.empty());
      return new Scratch(rooms.containers()).regenerate(image, before, one);
    } finally {
      turns.release();
    }
  }

  private Images.Recipe recipe(Plan.Node node, Recipe recipe) {
    try {
      List<byte[]> lists = new ArrayList<>();
      for (Digest list :
          material
              .record(work.source(node.image()))
              .recipe()
              .map(ImageRecord.Recipe::lists)
              .orElse(List.of())) {
        lists.add(rooms.images().document(list));
      }
      return new Images.Recipe(RecipeJson.write(recipe), lists);
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INTERNAL, "cannot read the recipe of " + node.title(), e);
    }
  }

  private ImageRecord rerun(Plan.Node node, ImageRecord base, Optional<Judged.Part> part)
      throws IOException, InterruptedException {
    ImageRecord old = material.record(node.parent());
    if (!(material.recipe(node.image()).orElse(null) instanceof Recipe.Build build)) {
      throw GraftException.notFound("the recipe of " + node.title() + " is gone");
    }
    ImageRecord made =
        part.isPresent() ? rest(node, build, old, base, part.get()) : whole(build, old, base);
    work.becomes(node.image(), work.here(made.id()));
    return made;
  }

  private ImageRecord whole(Recipe.Build build, ImageRecord old, ImageRecord base)
      throws IOException, InterruptedException {
    try (Builds.Result result = run(build, old, base)) {
      return store(result);
    }
  }

  private Builds.Result run(Recipe.Build build, ImageRecord old, ImageRecord base)
      throws IOException, InterruptedException {
    return rooms
        .builds()
        .recipes()
        .rerun(
            build,
            b -> BaseOf.is(b, old) ? Optional.of(base) : Optional.empty(),
            Map.of(),
            new NoClient(rooms.registries()),
            _ -> {});
  }

  private ImageRecord store(Builds.Result result) throws IOException, InterruptedException {
    Digest id = Digest.of(result.configs().firstEntry().getValue());
    if (rooms.images().byId(id).isEmpty()) {
      generations.making(id);
    }
    return result.store(List.of(), _ -> {});
  }

  /// The later steps, on an image of the others that is there for as long as they run. What comes
  /// of it is recorded as what it is: an image on the base, of the whole recipe.
  private ImageRecord rest(
      Plan.Node node, Recipe.Build build, ImageRecord old, ImageRecord base, Judged.Part part)
      throws IOException, InterruptedException {
    boolean here = rooms.images().byId(part.below().config().id()).isPresent();
    ImageRecord below =
        keeping.now(new Keeping.Product(part.below(), part.patch(), base, Optional.empty()));
    try (Builds.Result result = run(part.rest().on(below.id()), old, base)) {
      ImageRecord made = store(result);
      Recipe.Base.Image before = BaseOf.find(build, old).orElseThrow();
      Recipe recipe =
          part.rest()
              .after(
                  result.recipe(build.platform()),
                  before,
                  BaseOf.replaced(before, base),
                  made.diffIds());
      return keeping.now(
          new Keeping.Product(
              Edited.onBase(
                  rooms.images().open(made), material.image(node.image()), work.here(base.id())),
              Optional.empty(),
              base,
              Optional.of(recipe(node, recipe))));
    } finally {
      if (!here) {
        rooms.images().discard(below.id());
      }
    }
  }

  // ---- names

  private Optional<Generation> switched() {
    List<Images.Move> moves = new ArrayList<>();
    List<Generation.Moved> names = new ArrayList<>();
    List<Generation.Replaced> images = new ArrayList<>();
    if (!failed || how.onFailure() != Rollouts.OnFailure.ROLLBACK) {
      Map<Digest, List<String>> moving = new LinkedHashMap<>();
      // What is fixed is fixed under its name; another base is only another base.
      if (plan.kind() == Plan.Kind.FIX) {
        plan.parents().forEach(p -> moving.put(p.image(), p.names()));
      }
      plan.nodes().forEach(n -> moving.put(n.image(), n.names()));
      moving.forEach((from, all) -> {
        ImageRecord to = ready.get(from);
        if (to != null && !to.id().equals(from)) {
          images.add(new Generation.Replaced(from, to.id()));
          for (String name : all) {
            Reference reference = Reference.parse(name).withDefaultTag();
            moves.add(new Images.Move(reference, Optional.of(from), to.id()));
            names.add(new Generation.Moved(reference.toString(), from, to.id()));
          }
        }
      });
    }
    if (images.isEmpty()) {
      return Optional.empty();
    }
    Generation generation =
        new Generation(
            generations.next(), Instant.now(), plan.what(), plan.digest(), names, images, false);
    List<Db.Change> along = generations.changes(generation);
    List<Digest> held = images.stream().map(Generation.Replaced::to).toList();
    along.addAll(planned.handingOver(held));
    rooms.images().move(moves, along);
    generations.written(generation);
    planned.handedOver(held);
    names.forEach(n -> Rollouts.rebased(rooms, n.from(), n.to(), n.name(), generation));
    tell(new Progress.Switched(generation.generation(), names.size()));
    return Optional.of(generation);
  }

  /// Says how it ended.
  ///
  /// @param generation empty if nothing moved, or it is moved back
  void end(Optional<Generation> generation) {
    int skipped = (int) plan.nodes().stream().filter(n -> !ready.containsKey(n.image())).count();
    tell(
        new Progress.Done(
            generation.map(Generation::generation),
            generation.map(g -> g.names().size()).orElse(0),
            skipped));
  }
}
