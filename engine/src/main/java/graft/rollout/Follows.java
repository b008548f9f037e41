package graft.rollout;

import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.Reference;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Names that are followed. Each event of an image makes it look where they are now; so does a
/// start, as they may have moved while no engine ran.
public final class Follows implements AutoCloseable {
  private static final String KIND = "follow";
  private static final long LOOK_MILLIS = 60_000;

  private final Rooms rooms;
  private final Rollouts rollouts;
  private final Map<String, Follow> all = new ConcurrentHashMap<>();
  private final Poller poller;
  private @Nullable Thread watching;

  Follows(Rooms rooms, Rollouts rollouts) {
    this.rooms = rooms;
    this.rollouts = rollouts;
    this.poller = new Poller(rooms.db(), rooms.events(), rooms.images(), rooms.registries());
    rooms
        .db()
        .all(KIND)
        .forEach((name, body) ->
            all.put(
                name,
                PlanJson.read(
                    body.getBytes(StandardCharsets.UTF_8),
                    Follow.class,
                    "what is kept of following " + name)));
  }

  void start() {
    watching = Thread.ofVirtual().name("follows").start(this::watch);
    poller.start();
  }

  boolean holds(Digest image) {
    return all.values().stream().anyMatch(f -> f.seen().equals(image));
  }

  /// By name.
  public List<Follow> list() {
    List<Follow> list = new ArrayList<>(all.values());
    list.sort(Comparator.comparing(Follow::name));
    return list;
  }

  /// What its registry was asked for a name that is followed.
  public Poll poll(Follow one) {
    return poller.of(one.name());
  }

  /// From now on, all that stands on what has this name follows it. NOT_FOUND if none has it.
  ///
  /// @param every how often its registry is asked whether it moves there; empty: never
  /// @throws GraftException if that cannot be asked for this name, even now
  public Follow follow(String given, Follow.Policy policy, Optional<Duration> every) {
    String name = Reference.parse(given).withDefaultTag().familiar();
    ImageRecord image = rooms.images().find(name);
    Poll poll = poller.begin(image, name, every);
    Follow known = all.get(name);
    Follow now =
        new Follow(
            name,
            policy,
            known == null ? image.id() : known.seen(),
            known == null ? Optional.empty() : known.last());
    put(now);
    poller.begun(poll);
    return now;
  }

  /// NOT_FOUND if it is not followed.
  public void leave(String given) {
    String name = find(given).name();
    all.remove(name);
    rooms.db().delete(KIND, name);
    poller.remove(name);
  }

  private Follow find(String given) {
    String name = Reference.parse(given).withDefaultTag().familiar();
    Follow found = all.get(name);
    if (found == null) {
      throw GraftException.notFound(name + " is not followed");
    }
    return found;
  }

  /// Asks the registry of a name that is followed now, and pulls what it has if that is new.
  /// NOT_FOUND if it is not followed. What the registry said, or why it did not, is in [#poll].
  public Follow ask(String given) throws InterruptedException {
    Follow one = find(given);
    var _ = poller.ask(one.name());
    return one;
  }

  /// Asks for all that is due at a time.
  void poll(Instant now) throws InterruptedException {
    poller.round(now);
  }

  private void put(Follow follow) {
    rooms.db().put(KIND, follow.name(), new String(PlanJson.bytes(follow), StandardCharsets.UTF_8));
    all.put(follow.name(), follow);
  }

  /// A registry says that it has something new: it is asked itself for what is followed of it, soon
  /// and not by this thread, and what it has is pulled, which makes the names move.
  ///
  /// @return the names that it is asked for
  public List<String> registryHas(List<Pushed> pushed) {
    List<String> names =
        list().stream()
            .map(Follow::name)
            .filter(name -> pushed.stream().anyMatch(p -> p.is(Reference.parse(name))))
            .toList();
    poller.soon(names);
    return names;
  }

  private void watch() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        // More may happen during a roll-out than is remembered; what counts is where names are now.
        try (Events.Subscription events = rooms.events().subscribe(false)) {
          boolean heard = true;
          while (heard) {
            look();
            heard = next(events);
          }
        }
      }
    } catch (InterruptedException e) {
      // The engine is closing.
      Thread.currentThread().interrupt();
    }
  }

  /// Waits until an image was the matter, or for a while.
  ///
  /// @return false if events were lost
  private static boolean next(Events.Subscription events) throws InterruptedException {
    try {
      Optional<Event> event = events.next(LOOK_MILLIS);
      while (event.isPresent() && event.get().type() != Event.Type.IMAGE) {
        event = events.next(LOOK_MILLIS);
      }
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  private void look() throws InterruptedException {
    for (Follow one : list()) {
      Optional<ImageRecord> now = image(one.name());
      if (now.isPresent() && !now.get().id().equals(one.seen())) {
        moved(one, now.get());
      }
    }
  }

  private Optional<ImageRecord> image(String name) {
    try {
      return Optional.of(rooms.images().find(name));
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  private void moved(Follow one, ImageRecord now) throws InterruptedException {
    Follow.Last last;
    try {
      last = rolled(one, now);
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.CONFLICT) {
        // Something else moves names just now: it is looked at again.
        return;
      }
      last = failed(e.text());
    } catch (IOException | RuntimeException e) {
      last = failed(String.valueOf(e.getMessage()));
    }
    if (all.containsKey(one.name())) {
      put(one.now(now.id(), last));
    }
    rooms
        .events()
        .publish(
            Event.Type.IMAGE,
            "follow",
            now.id().toString(),
            Map.of(
                "name", one.name(),
                "state", last.state().name().toLowerCase(Locale.ROOT),
                "text", last.text(),
                "plan", last.plan().map(Digest::toString).orElse("")));
  }

  private static Follow.Last failed(String why) {
    return new Follow.Last(Instant.now(), Follow.State.FAILED, why, Optional.empty());
  }

  private Follow.Last rolled(Follow one, ImageRecord now) throws IOException, InterruptedException {
    if (rooms.images().byId(one.seen()).isEmpty()) {
      return new Follow.Last(
          Instant.now(),
          Follow.State.FOLLOWING,
          "what it was before is gone, so nothing stands on that",
          Optional.empty());
    }
    Plan plan =
        rollouts.plan(
            new Rollouts.Rebase(
                one.seen().toString(), now.id().toString(), true, true, Plan.Options.SAFE),
            "follow " + one.name());
    Optional<Digest> digest = Optional.of(plan.digest());
    if (plan.nodes().isEmpty()) {
      return new Follow.Last(
          Instant.now(), Follow.State.FOLLOWING, "nothing stands on what it was before", digest);
    }
    List<String> against =
        plan.nodes().stream().flatMap(n -> one.policy().against(n).stream()).toList();
    if (!against.isEmpty()) {
      return new Follow.Last(
          Instant.now(),
          Follow.State.REPORTED,
          "its policy does not allow it: "
              + against.getFirst()
              + (against.size() > 1 ? ", and " + (against.size() - 1) + " more" : ""),
          digest);
    }
    Rollouts.Apply how =
        new Rollouts.Apply(
            one.policy().test(),
            Rollouts.OnFailure.ROLLBACK,
            one.policy().recreate() ? Optional.of(Rollouts.Apply.GRACE) : Optional.empty(),
            false);
    List<String> failures = new ArrayList<>();
    Optional<Generation> generation =
        rollouts.apply(
            plan.digest(),
            how,
            p -> {
              if (p instanceof Progress.OfImage i && i.state() == Progress.State.FAILED) {
                failures.add(String.join(", ", i.names()) + ": " + i.message());
              }
              if (p instanceof Progress.OfContainer c && c.state() == Progress.Recreating.FAILED) {
                failures.add("container " + c.name() + ": " + c.message());
              }
            });
    return generation.isPresent()
        ? new Follow.Last(
            Instant.now(),
            Follow.State.APPLIED,
            generation.get().names().size()
                + " names followed: generation "
                + generation.get().generation(),
            digest)
        : new Follow.Last(
            Instant.now(),
            Follow.State.FAILED,
            failures.isEmpty() ? "nothing moved" : "nothing moved: " + failures.getFirst(),
            digest);
  }

  @Override
  public void close() {
    poller.close();
    Thread running = watching;
    if (running != null) {
      running.interrupt();
    }
  }
}
