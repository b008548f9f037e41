package graft.rollout;

import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.container.Replacements;
import graft.container.State;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.Reference;
import graft.rollout.Progress.Recreating;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Running containers made anew of the images that their names stand for now, one after the other.
/// The next one is begun when the one before is healthy.
final class Recreation {
  /// On a container: `true` to be made anew without a restart policy, `false` never to be.
  static final String LABEL = "graft.lineage.recreate";

  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final long LOOK_MILLIS = 100;

  private final Containers containers;
  private final Duration grace;
  private final Consumer<Progress> listener;

  Recreation(Containers containers, Duration grace, Consumer<Progress> listener) {
    this.containers = containers;
    this.grace = grace;
    this.listener = listener;
  }

  private Replacements replacements() {
    return containers.replacements();
  }

  private void tell(String id, String name, Recreating state, String message) {
    listener.accept(new Progress.OfContainer(id, name, state, message));
  }

  /// Those of names that moved.
  ///
  /// @return false if all are as before, because one failed and that is what was asked for then
  boolean ofNames(List<Generation.Moved> names, Rollouts.OnFailure onFailure)
      throws IOException, InterruptedException {
    return run(concerned(names), this::reasonToKeep, onFailure);
  }

  /// @param which the image that each is to have
  /// @param reasonToKeep why one is left alone; empty if it is not
  /// @return as [#ofNames]
  boolean run(
      Map<Container, Digest> which,
      Function<Container, Optional<String>> reasonToKeep,
      Rollouts.OnFailure onFailure)
      throws IOException, InterruptedException {
    List<Container> done = new ArrayList<>();
    boolean failed = false;
    for (Map.Entry<Container, Digest> one : which.entrySet()) {
      Container c = one.getKey();
      if (failed && onFailure != Rollouts.OnFailure.CONTINUE) {
        tell(c.id(), c.name(), Recreating.KEPT, "another one failed before");
        continue;
      }
      Optional<String> kept = reasonToKeep.apply(c);
      if (kept.isPresent()) {
        tell(c.id(), c.name(), Recreating.KEPT, kept.get());
        continue;
      }
      Optional<Container> successor = tried(c, one.getValue());
      if (successor.isEmpty()) {
        failed = true;
      } else if (onFailure == Rollouts.OnFailure.ROLLBACK) {
        done.add(successor.get());
      } else {
        failed |= !settled(successor.get());
      }
    }
    boolean back = failed && onFailure == Rollouts.OnFailure.ROLLBACK;
    for (Container successor : done.reversed()) {
      if (back) {
        putBack(successor, "another one failed");
      } else {
        var _ = settled(successor);
      }
    }
    return !back;
  }

  /// @return false if it has ended by now, and steps back
  private boolean settled(Container successor) throws InterruptedException {
    try {
      replacements().settle(successor.id());
      return true;
    } catch (GraftException | IOException e) {
      boolean runs =
          containers.list().stream()
              .anyMatch(c -> c.id().equals(successor.id()) && c.state().alive());
      if (runs) {
        // It stays; the next engine takes away what is left of the other one.
        String name = successor.instead().orElseThrow().name();
        tell(
            successor.id(),
            name,
            Recreating.RUNNING,
            "what ran before could not be taken away: " + text(e));
      } else {
        putBack(successor, text(e));
      }
      return runs;
    }
  }

  private Map<Container, Digest> concerned(List<Generation.Moved> names) {
    Map<String, Digest> moved = new HashMap<>();
    names.forEach(n -> moved.put(n.name(), n.to()));
    return outdated(containers.list(), c -> name(c).map(moved::get));
  }

  /// Those that run and are of another image than they would be now; the oldest first, as younger
  /// ones may need it.
  ///
  /// @param now the image that one would be of; empty if nobody knows
  static Map<Container, Digest> outdated(
      List<Container> newestFirst, Function<Container, Optional<Digest>> now) {
    Map<Container, Digest> all = new LinkedHashMap<>();
    for (Container c : newestFirst.reversed()) {
      boolean runs = c.state().alive() || c.state() instanceof State.Restarting;
      if (runs) {
        now.apply(c).filter(i -> !i.equals(c.image())).ifPresent(i -> all.put(c, i));
      }
    }
    return all;
  }

  /// In full; empty for one that was made by an id.
  private static Optional<String> name(Container c) {
    try {
      return Optional.of(Reference.parse(c.imageName()).withDefaultTag().toString());
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  /// What is meant to run for ever is made anew, and what says that it is to be.
  Optional<String> reasonToKeep(Container c) {
    String label = c.spec().labels().getOrDefault(LABEL, "");
    if (label.equals("false")) {
      return Optional.of("its label " + LABEL + " says so");
    }
    boolean meant = label.equals("true") || c.spec().restart().name() != ContainerSpec.Restart.NO;
    return meant
        ? replacements().obstacle(c)
        : Optional.of("it has no restart policy, and no label " + LABEL + "=true");
  }

  // ---- one of them

  /// @return its successor, which works; empty if there is none and it runs as before
  private Optional<Container> tried(Container c, Digest image)
      throws IOException, InterruptedException {
    Container successor;
    try {
      successor = replacements().make(c.id(), image);
    } catch (GraftException | IOException e) {
      tell(c.id(), c.name(), Recreating.FAILED, text(e));
      return Optional.empty();
    }
    tell(c.id(), c.name(), Recreating.RECREATING, "");
    Optional<String> wrong;
    try {
      replacements().takeOver(successor.id());
      wrong = wrong(successor.id());
    } catch (GraftException | IOException e) {
      wrong = Optional.of(text(e));
    }
    if (wrong.isPresent()) {
      putBack(successor, wrong.get());
      return Optional.empty();
    }
    boolean checked = containers.health(successor.id()).isPresent();
    tell(successor.id(), c.name(), checked ? Recreating.HEALTHY : Recreating.RUNNING, "");
    return Optional.of(successor);
  }

  private static String text(Exception e) {
    return e instanceof GraftException g ? g.text() : String.valueOf(e.getMessage());
  }

  private void putBack(Container successor, String why) throws InterruptedException {
    Container.Instead before = successor.instead().orElseThrow();
    String message = why + Scratch.said(containers, successor.id());
    try {
      replacements().stepBack(successor);
    } catch (GraftException | IOException e) {
      message += "; and putting back what ran before failed: " + text(e);
    }
    tell(before.container(), before.name(), Recreating.FAILED, message);
  }

  /// Why a successor does not work; empty if it is healthy, or, having no health check, has run for
  /// a while.
  private Optional<String> wrong(String id) throws InterruptedException {
    Optional<Healthcheck> check = containers.find(id).spec().health();
    if (check.isPresent() && containers.health(id).isPresent()) {
      return Scratch.health(containers, id, LONGEST.plus(check.get().startPeriod()));
    }
    while (true) {
      Container now = containers.find(id);
      if (!(now.state() instanceof State.Running running) || now.restarts() > 0) {
        return Optional.of("it did not go on running");
      }
      if (!Instant.now().isBefore(running.since().plus(grace))) {
        return Optional.empty();
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  // ---- after an engine that was killed

  /// Ends what an engine began that was killed: a successor that took over and works is settled,
  /// every other one steps back.
  void finish() throws InterruptedException {
    for (Replacements.Pending one : replacements().pending()) {
      Container successor = one.successor();
      try {
        Optional<String> wrong =
            !one.tookOver()
                ? Optional.of("it had not taken over when the engine ended")
                : successor.state().alive()
                    ? wrong(successor.id())
                    : Optional.of("it did not run when the engine came back");
        if (one.before().isEmpty() || wrong.isEmpty()) {
          var _ = settled(successor);
        } else {
          putBack(successor, wrong.get());
        }
      } catch (GraftException e) {
        tell(successor.id(), successor.name(), Recreating.FAILED, text(e));
      }
    }
  }
}
