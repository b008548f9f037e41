package graft.rollout;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Event;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.pins.Pins;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The room of roll-outs.
public final class Rollouts implements AutoCloseable {
  private final Rooms rooms;
  private final EngineMaterial material;
  private final PlanStore plans;
  private final PlanImages planned;
  private final Planning planning;
  private final Generations generations;
  private final Follows follows;

  /// How long what was made for a plan is kept for it.
  private static final Duration LONGEST_PLAN = Duration.ofDays(1);

  /// One at a time moves names.
  private final ReentrantLock turn = new ReentrantLock();

  private @Nullable Thread finishing;

  private Rollouts(Rooms rooms) throws IOException {
    this.rooms = rooms;
    this.material = new EngineMaterial(rooms);
    this.plans = PlanStore.open(rooms.root().resolve("plans"));
    this.planned = new PlanImages(rooms.db(), rooms.images());
    this.planning = new Planning(rooms, material, plans, planned);
    this.generations = new Generations(rooms.db());
    this.follows = new Follows(rooms, this);
    rooms.pins().alsoHeldBy(pin -> pin.kind() == Pins.Kind.IMAGE && holds(Digest.parse(pin.id())));
  }

  /// Takes away what an engine that was killed had made for nothing.
  public static Rollouts open(Rooms rooms) throws IOException {
    Rollouts rollouts = new Rollouts(rooms);
    Scratch.removeAll(rooms.containers());
    rollouts.discardUnfinished();
    rollouts.planned.discard(Optional::isEmpty);
    rollouts.tend();
    return rollouts;
  }

  private boolean holds(Digest image) {
    return generations.holds(image) || follows.holds(image) || planned.holds(image);
  }

  /// Children first, as their parents are needed by them.
  private void discardUnfinished() throws IOException {
    List<Digest> all = generations.unfinished();
    int left = Integer.MAX_VALUE;
    while (true) {
      List<Digest> here = all.stream().filter(i -> rooms.images().byId(i).isPresent()).toList();
      if (here.isEmpty() || here.size() == left) {
        break;
      }
      left = here.size();
      for (Digest image : here) {
        rooms.images().discard(image);
      }
    }
    generations.finished(all);
  }

  /// Begins to look whether followed names move, and ends what an engine that was killed began to
  /// do with containers.
  public void watch() {
    follows.start();
    finishing = Thread.ofVirtual().name("recreation").start(this::finishContainers);
  }

  private void finishContainers() {
    try {
      new Recreation(
              rooms.containers(),
              Apply.GRACE,
              _ -> {
                // Events tell of it.
              })
          .finish();
    } catch (InterruptedException e) {
      // The engine is closing; the next one finds what is left.
      Thread.currentThread().interrupt();
    }
  }

  public Follows follows() {
    return follows;
  }

  @Override
  public void close() {
    follows.close();
    Thread running = finishing;
    if (running != null) {
      running.interrupt();
    }
  }

  // ---- plans

  /// @param image whose base changes; or, with `replace`, that is the base
  /// @param onto what takes the base's place
  /// @param tree with all that stands on the image
  /// @param replace only what stands on the image, which itself stays
  public record Rebase(
      String image, String onto, boolean tree, boolean replace, Plan.Options options) {}

  /// Says what a change of base would do. Nothing is changed.
  public Plan plan(Rebase wanted) throws IOException, InterruptedException {
    return plan(wanted, "rebase " + wanted.image() + " --onto " + wanted.onto());
  }

  /// @param what the plan is called
  Plan plan(Rebase wanted, String what) throws IOException, InterruptedException {
    return planning.rebase(wanted, what);
  }

  /// Makes what takes the place of the images that carry something, and says what that does to all
  /// that stands on them. No name moves. What was made is held until the plan is carried out, is
  /// dropped, or cannot be carried out any more, and for a day at most.
  ///
  /// @param what a vulnerability, an image, or a package
  /// @param images only these; all that carry it if empty
  /// @param how empty for what suits
  /// @param onto an image to take the place; may be empty
  public Plan fix(
      String what, List<String> images, Optional<Plan.How> how, String onto, Plan.Options options)
      throws IOException, InterruptedException {
    return planning.fix(new Fix.Wanted(what, images, how, onto), options);
  }

  /// Newest first.
  public List<StoredPlan> plans() throws IOException {
    return plans.list();
  }

  /// The file of one, as whoever made it wrote it. NOT_FOUND if there is none, INVALID if it cannot
  /// be read.
  public ObjectNode file(Digest digest) throws IOException {
    ObjectNode file = plans.file(digest);
    var _ = PlanJson.plan(file);
    return file;
  }

  /// Gives one up, with what was made for it. NOT_FOUND if there is none.
  public void drop(Digest digest) throws IOException {
    plans.remove(digest);
    tend();
  }

  /// Takes away what was made for plans that are not carried out any more; to be called now and
  /// then.
  public void tend() throws IOException {
    if (turn.tryLock()) {
      try {
        Map<Digest, Boolean> known = new HashMap<>();
        planned.discard(
            plan -> plan.isPresent() && known.computeIfAbsent(plan.get(), this::isGivenUp));
      } finally {
        turn.unlock();
      }
    }
  }

  private boolean isGivenUp(Digest digest) {
    if (!plans.has(digest)) {
      return true;
    }
    try {
      Plan plan = plans.get(digest);
      guard(plan);
      return plan.created().isBefore(Instant.now().minus(LONGEST_PLAN));
    } catch (IOException | GraftException e) {
      // It cannot be carried out, or not be read.
      return true;
    }
  }

  /// Takes one that was kept as a file.
  public Plan bring(byte[] file) throws IOException {
    ObjectNode json = PlanJson.file(file);
    Plan plan = PlanJson.plan(json);
    plans.put(plan, json);
    return plan;
  }

  /// The JSON of one: the file to keep.
  public static ObjectNode json(Plan plan) {
    return PlanJson.tree(plan);
  }

  /// `planned`, or what has become of it.
  public String state(Plan plan) {
    return generations.list().stream()
        .filter(g -> g.plan().equals(plan.digest()))
        .findFirst()
        .map(g ->
            (g.rolledBack() ? "rolled back as generation " : "applied as generation ")
                + g.generation())
        .orElse("planned");
  }

  // ---- carrying out

  public enum OnFailure {
    /// Nothing more is begun; what is ready is switched.
    STOP,
    /// What failed stays with all that stands on it; the others go on.
    CONTINUE,
    /// Nothing is switched.
    ROLLBACK
  }

  /// @param test a command for all images; empty for what each says itself
  /// @param recreate make running containers anew of the names that have moved, and take those
  ///   without a health check for working when they have run for so long; empty to leave all alone
  /// @param force take images for which nobody vouches, without a test
  public record Apply(
      Optional<List<String>> test,
      OnFailure onFailure,
      Optional<Duration> recreate,
      boolean force) {
    /// How long a container runs before it counts as working, if nothing else is said.
    public static final Duration GRACE = Duration.ofSeconds(5);

    public static final Apply PLAIN =
        new Apply(Optional.empty(), OnFailure.STOP, Optional.empty(), false);
  }

  /// Makes the images of a plan and moves the names. CONFLICT, before anything is done, if a name
  /// or an image is not as the plan saw it, or if another one is being carried out.
  ///
  /// @return empty if nothing moved
  public Optional<Generation> apply(Digest digest, Apply how, Consumer<Progress> listener)
      throws IOException, InterruptedException {
    Plan plan = plans.get(digest);
    begin();
    try {
      guard(plan);
      Work work = planning.work(plan);
      Applying applying =
          new Applying(rooms, material, planned, generations, plan, work, how, listener);
      boolean done = false;
      try {
        Optional<Generation> generation = applying.run();
        done = true;
        planning.forget();
        generation = withContainers(generation, how, listener);
        applying.end(generation);
        return generation;
      } finally {
        if (!done || !generations.unfinished().isEmpty()) {
          discardUnfinished();
        }
        tend();
      }
    } finally {
      turn.unlock();
    }
  }

  /// The containers of the names that have moved, if they are to follow.
  ///
  /// @return empty if one of them failed, and names and containers are all as before therefore
  private Optional<Generation> withContainers(
      Optional<Generation> moved, Apply how, Consumer<Progress> listener)
      throws IOException, InterruptedException {
    if (moved.isEmpty() || how.recreate().isEmpty()) {
      return moved;
    }
    Recreation recreation = new Recreation(rooms.containers(), how.recreate().get(), listener);
    if (recreation.ofNames(moved.get().names(), how.onFailure())) {
      return moved;
    }
    var _ = rollback(moved.get().generation(), false);
    return Optional.empty();
  }

  /// Makes running containers anew whose image's name has moved, by whatever: NOT_FOUND if one of
  /// those that are named is not here.
  ///
  /// @param names or ids; if there are none, all that are meant to run for ever
  /// @param grace as in [Apply]
  public void recreate(
      List<String> names, OnFailure onFailure, Duration grace, Consumer<Progress> listener)
      throws IOException, InterruptedException {
    List<Container> named = names.stream().map(rooms.containers()::find).distinct().toList();
    begin();
    try {
      Recreation recreation = new Recreation(rooms.containers(), grace, listener);
      Map<Container, Digest> which =
          Recreation.outdated(
              rooms.containers().list().stream()
                  .filter(
                      c -> named.isEmpty() || named.stream().anyMatch(n -> n.id().equals(c.id())))
                  .toList(),
              this::imageNow);
      boolean stays =
          recreation.run(
              which,
              named.isEmpty()
                  ? recreation::reasonToKeep
                  : rooms.containers().replacements()::obstacle,
              onFailure);
      listener.accept(new Progress.Done(Optional.empty(), stays ? which.size() : 0, 0));
    } finally {
      turn.unlock();
    }
  }

  private Optional<Digest> imageNow(Container c) {
    try {
      return Optional.of(rooms.images().find(c.imageName()).id());
    } catch (GraftException e) {
      // Its name is gone.
      return Optional.empty();
    }
  }

  private void begin() {
    if (!turn.tryLock()) {
      throw GraftException.conflict("another roll-out is under way; try again when it has ended");
    }
  }

  private void guard(Plan plan) {
    for (Plan.Parent parent : plan.parents()) {
      here(parent.image(), parent.names());
      parent.onto().ifPresent(onto -> here(onto, List.of()));
    }
    for (Plan.Node node : plan.nodes()) {
      here(node.image(), node.names());
    }
  }

  private void here(Digest image, List<String> names) {
    Optional<ImageRecord> record = rooms.images().byId(image);
    if (record.isEmpty()) {
      throw GraftException.conflict(
          "image "
              + (names.isEmpty() ? image.toString() : names.getFirst() + " (" + image + ")")
              + " of the plan is gone; make a new plan");
    }
    List<String> now = BaseOf.names(record.get());
    for (String name : names) {
      if (!now.contains(name)) {
        throw GraftException.conflict(
            name + " was " + image + " when the plan was made, and is no more; make a new plan");
      }
    }
  }

  // ---- generations

  /// Newest first.
  public List<Generation> generations() {
    return generations.list();
  }

  /// `current`, `rolled back`, or `partly moved` if names have gone on since.
  public String state(Generation one) {
    if (one.rolledBack()) {
      return "rolled back";
    }
    return one.names().stream().allMatch(n -> is(n.name(), n.to())) ? "current" : "partly moved";
  }

  private boolean is(String name, Digest image) {
    return rooms
        .images()
        .byId(image)
        .filter(r -> r.names().contains(Reference.parse(name)))
        .isPresent();
  }

  /// Moves the names of a generation back, in one transaction. CONFLICT if one of them has moved
  /// since.
  ///
  /// @param force take names back from wherever they are
  /// @param recreate as in [Apply]: containers follow them. One that fails goes on as it is.
  public Generation rollback(
      int number, boolean force, Optional<Duration> recreate, Consumer<Progress> listener)
      throws IOException, InterruptedException {
    begin();
    try {
      Generation back = rollback(number, force);
      int moved = back.names().size();
      listener.accept(new Progress.Switched(number, moved));
      if (recreate.isPresent()) {
        List<Generation.Moved> names =
            back.names().stream()
                .map(n -> new Generation.Moved(n.name(), n.to(), n.from()))
                .toList();
        var _ =
            new Recreation(rooms.containers(), recreate.get(), listener)
                .ofNames(names, OnFailure.CONTINUE);
      }
      listener.accept(new Progress.Done(Optional.of(number), moved, 0));
      return back;
    } finally {
      turn.unlock();
    }
  }

  /// The same without containers.
  public Generation rollback(int number, boolean force) {
    begin();
    try {
      Generation one = generations.find(number);
      if (one.rolledBack()) {
        throw GraftException.conflict("generation " + number + " is rolled back already");
      }
      List<Images.Move> moves = new ArrayList<>();
      for (Generation.Moved name : one.names()) {
        Reference reference = Reference.parse(name.name());
        Optional<Digest> from = force ? whose(reference) : Optional.of(name.to());
        moves.add(new Images.Move(reference, from, name.from()));
      }
      Generation back = one.back();
      List<Db.Change> along = generations.changes(back);
      try {
        rooms.images().move(moves, along);
      } catch (GraftException e) {
        if (e.kind() == GraftException.Kind.CONFLICT) {
          throw new GraftException(
              e.kind(), e.text() + "; nothing was moved (--force moves it all the same)", e);
        }
        throw e;
      }
      generations.written(back);
      for (Generation.Moved name : one.names()) {
        announce(name.to(), name.from(), name.name(), back);
      }
      return back;
    } finally {
      turn.unlock();
    }
  }

  private Optional<Digest> whose(Reference name) {
    return rooms.images().list().stream()
        .filter(i -> i.names().contains(name))
        .map(ImageRecord::id)
        .findFirst();
  }

  /// Lets go what a generation replaced.
  public void forget(int number) {
    generations.forget(number);
  }

  private void announce(Digest from, Digest to, String name, Generation generation) {
    rebased(rooms, from, to, name, generation);
  }

  static void rebased(Rooms rooms, Digest from, Digest to, String name, Generation generation) {
    rooms
        .events()
        .publish(
            Event.Type.IMAGE,
            "rebase",
            to.toString(),
            Map.of(
                "name", Reference.parse(name).familiar(),
                "from", from.toString(),
                "to", to.toString(),
                "generation", Integer.toString(generation.generation()),
                "plan", generation.plan().toString()));
  }
}
