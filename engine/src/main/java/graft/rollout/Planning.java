package graft.rollout;

import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.tree.ImageTree;
import graft.tree.Tree;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Makes plans of what is asked for.
final class Planning {
  private final Rooms rooms;
  private final EngineMaterial material;
  private final PlanStore plans;
  private final PlanImages planned;

  /// One at a time makes images for a plan.
  private final ReentrantLock making = new ReentrantLock();

  /// Of the latest plan: what was found out for it is needed again when it is carried out.
  private volatile @Nullable Latest latest;

  private record Latest(Digest plan, Work work) {}

  Planning(Rooms rooms, EngineMaterial material, PlanStore plans, PlanImages planned) {
    this.rooms = rooms;
    this.material = material;
    this.plans = plans;
    this.planned = planned;
  }

  /// What is known for a plan.
  Work work(Plan plan) {
    Latest known = latest;
    return known != null && known.plan().equals(plan.digest())
        ? known.work()
        : new Work(material, plan.created(), plan.options());
  }

  /// It is not needed any more.
  void forget() {
    latest = null;
  }

  /// @param what the plan is called
  Plan rebase(Rollouts.Rebase wanted, String what) throws IOException, InterruptedException {
    ImageRecord image = rooms.images().find(wanted.image());
    ImageRecord onto = rooms.images().find(wanted.onto());
    if (image.id().equals(onto.id())) {
      throw GraftException.invalid(
          wanted.image() + " and " + wanted.onto() + " are the same image");
    }
    Tree tree = ImageTree.of(rooms.images());
    Planner planner = Planner.of(tree, rooms.images());
    Optional<Digest> parent = wanted.replace() ? Optional.empty() : Planner.parent(tree, image);
    ImageRecord old;
    List<Planner.Moving> moving;
    if (parent.isPresent()) {
      old = material.record(parent.get());
      if (tree.ancestors(onto.id()).stream().anyMatch(n -> n.id().equals(image.id()))) {
        throw GraftException.invalid(
            wanted.onto()
                + " stands on "
                + wanted.image()
                + ", which cannot stand on it too; --replace puts what stands on "
                + wanted.image()
                + " on it instead");
      }
      moving = planner.with(image.id(), old.id(), wanted.tree());
    } else if (wanted.tree() || wanted.replace()) {
      old = image;
      moving = planner.below(image.id(), onto.id());
    } else {
      throw GraftException.invalid(
          wanted.image()
              + " stands on no other image; --tree puts all that stands on it on "
              + wanted.onto());
    }
    return keep(
        Plan.Kind.REBASE,
        what,
        wanted.options(),
        List.of(
            new Plan.Parent(
                BaseOf.names(old),
                old.id(),
                Plan.How.GIVEN,
                Optional.empty(),
                BaseOf.title(onto) + " takes the place of " + BaseOf.title(old),
                Optional.of(onto.id()))),
        moving);
  }

  Plan fix(Fix.Wanted wanted, Plan.Options options) throws IOException, InterruptedException {
    making.lock();
    try {
      return made(wanted, options);
    } finally {
      try {
        planned.discard(Optional::isEmpty);
      } finally {
        making.unlock();
      }
    }
  }

  private Plan made(Fix.Wanted wanted, Plan.Options options)
      throws IOException, InterruptedException {
    Tree before = ImageTree.of(rooms.images());
    List<Plan.Parent> parents = new Fix(rooms, material, planned, before).parents(wanted);
    Planner planner = Planner.of(ImageTree.of(rooms.images()), rooms.images());
    Map<Digest, Planner.Moving> moving = new LinkedHashMap<>();
    for (Plan.Parent parent : parents) {
      if (parent.onto().isPresent() && !moving.containsKey(parent.image())) {
        planner
            .below(parent.image(), parent.onto().get())
            .forEach(m -> moving.putIfAbsent(m.image(), m));
      }
    }
    List<Planner.Moving> ordered = new ArrayList<>(moving.values());
    ordered.sort(Comparator.comparingInt(Planner.Moving::level));
    Plan plan = keep(Plan.Kind.FIX, "fix " + wanted.what(), options, parents, ordered);
    planned.planned(parents.stream().flatMap(p -> p.onto().stream()).toList(), plan.digest());
    return plan;
  }

  private Plan keep(
      Plan.Kind kind,
      String what,
      Plan.Options options,
      List<Plan.Parent> parents,
      List<Planner.Moving> moving)
      throws IOException, InterruptedException {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Work work = new Work(material, now, options);
    Set<Digest> nodes = moving.stream().map(Planner.Moving::image).collect(Collectors.toSet());
    for (Plan.Parent parent : parents) {
      if (parent.onto().isPresent() && nodes.contains(parent.image())) {
        work.instead(parent.image(), parent.onto().get());
      } else if (parent.onto().isPresent()) {
        work.becomes(parent.image(), work.here(parent.onto().get()));
      }
    }
    Plan plan =
        PlanJson.plan(
            now, kind, what, material.database(), options, parents, Planner.judge(work, moving));
    plans.put(plan);
    latest = new Latest(plan.digest(), work);
    return plan;
  }
}
