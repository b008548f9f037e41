package graft.container;

import graft.container.Container.Instead;
import graft.container.ContainerSpec.Link;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// Containers made anew of another image: the same request, the same name, networks and volumes.
///
/// A successor is *made* beside the one that runs, which it does not disturb. It *takes over*: the
/// other one is stopped, they exchange their names in one transaction, and it is started. Whoever
/// drives this looks how it does, and *settles* it, or has it *step back* for the one that was
/// there. Until then both are on record, and the successor's record says whose place it took. So
/// whatever becomes of the engine in between, the next one finds a container under the name, and
/// knows what there is to be finished or undone: [#pending].
public final class Replacements {
  /// Compose's note of the image that a service was made of, by which it finds out whether that has
  /// changed since.
  private static final String COMPOSE_IMAGE = "com.docker.compose.image";

  private final Records records;
  private final Images images;
  private final Creation creation;
  private final Lifecycle lifecycle;
  private final Containers containers;

  Replacements(
      Records records,
      Images images,
      Creation creation,
      Lifecycle lifecycle,
      Containers containers) {
    this.records = records;
    this.images = images;
    this.creation = creation;
    this.lifecycle = lifecycle;
    this.containers = containers;
  }

  /// A successor and the one it is to replace, as they are now.
  ///
  /// @param before empty if it is gone
  public record Pending(Container successor, Optional<Container> before) {
    /// Whether the successor has the name.
    public boolean tookOver() {
      return hasName(successor);
    }

    Instead instead() {
      return successor.instead().orElseThrow();
    }
  }

  /// Those that are neither settled nor undone.
  public List<Pending> pending() {
    return records.list().stream()
        .filter(c -> c.instead().isPresent())
        .map(c -> new Pending(c, records.byId(c.instead().get().container())))
        .toList();
  }

  private static boolean hasName(Container successor) {
    return successor.instead().filter(i -> i.name().equals(successor.name())).isPresent();
  }

  /// Whether a successor has taken over from this one, which is not to run meanwhile.
  static boolean isReplaced(Records records, String id) {
    return records.list().stream()
        .anyMatch(c -> c.instead().filter(i -> i.container().equals(id)).isPresent() && hasName(c));
  }

  // ---- the way there

  /// Makes the successor of a container that runs: CONFLICT if it cannot have one.
  ///
  /// @return as it is on record
  public Container make(String id, Digest image) throws IOException, InterruptedException {
    Container c = lifecycle.current(id);
    Optional<String> obstacle = obstacle(c);
    if (obstacle.isPresent()) {
      throw GraftException.conflict("container " + c.name() + " stays: " + obstacle.get());
    }
    Request.Overrides asked = c.asked().orElseThrow();
    ImageRecord record =
        images.byId(image).orElseThrow(() -> GraftException.notFound("No such image: " + image));
    Map<String, String> labels = new HashMap<>(asked.labels());
    labels.replace(COMPOSE_IMAGE, c.image().toString(), image.toString());
    Request request =
        new Request(
            c.imageName(),
            Optional.of(c.name() + "-replaced-" + c.shortId()),
            Optional.empty(),
            asked.withLabels(labels),
            c.spec().onHost(hostname(c)).autoRemoved(false));
    Instead instead = new Instead(c.id(), c.name(), c.spec().autoRemove());
    return lifecycle.current(
        creation.create(request, record, Optional.of(instead), c.mounts()).id());
  }

  /// Why a container cannot have a successor; empty if it can.
  public Optional<String> obstacle(Container c) {
    if (!(c.state() instanceof State.Running)) {
      return Optional.of("it is " + c.state().word());
    }
    if (c.instead().isPresent()
        || pending().stream().anyMatch(p -> p.instead().container().equals(c.id()))) {
      return Optional.of("it is being replaced already");
    }
    if (c.asked().isEmpty()) {
      return Optional.of(
          "an earlier Graft made it, which did not keep what was asked for: run it again yourself");
    }
    return records.list().stream()
        .filter(other -> other.state().alive() && joins(other, c))
        .findFirst()
        .map(other ->
            "container "
                + other.name()
                + " lives in its namespaces, and would lose them: run both again yourself");
  }

  private static boolean joins(Container other, Container c) {
    ContainerSpec.Modes modes = other.spec().modes();
    String prefix = "container:";
    return Stream.of(other.spec().net().mode(), modes.pid(), modes.ipc())
        .filter(mode -> mode.startsWith(prefix))
        .map(mode -> mode.substring(prefix.length()))
        .anyMatch(name -> name.equals(c.name()) || !name.isEmpty() && c.id().startsWith(name));
  }

  /// As it was asked for: empty where it came of the id, or is the host's own.
  private static String hostname(Container c) {
    String name = c.spec().run().hostname();
    boolean host = c.spec().modes().uts().equals("host") || c.spec().net().mode().equals("host");
    return name.equals(c.shortId()) || host && name.equals(HostName.get()) ? "" : name;
  }

  /// Stops the one that is there, gives the successor its name, and starts that. What fails leaves
  /// it to [#stepBack].
  public void takeOver(String successor) throws IOException, InterruptedException {
    Instead instead = instead(successor);
    autoRemove(instead.container(), false);
    stop(instead.container());
    exchangeNames(successor, instead.container());
    containers.start(successor);
  }

  private Instead instead(String successor) {
    Container c = lifecycle.current(successor);
    return c.instead()
        .orElseThrow(() ->
            GraftException.conflict("container " + c.name() + " is tried in the place of none"));
  }

  private void autoRemove(String id, boolean removed) throws IOException {
    lifecycle.change(
        id,
        (c, _) -> {
          if (c.spec().autoRemove() != removed) {
            records.save(c.withSpec(c.spec().autoRemoved(removed)));
          }
        });
  }

  private void stop(String id) throws IOException, InterruptedException {
    try {
      containers.stop(id, "", OptionalInt.empty());
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.NOT_MODIFIED) {
        throw e;
      }
    }
  }

  private void exchangeNames(String successor, String before) throws IOException {
    // The one lock in the other: successors' are always the outer ones.
    lifecycle.change(
        successor,
        (a, _) ->
            lifecycle.change(
                before,
                (b, _) -> {
                  records.exchangeNames(a, b);
                  for (Container c : List.of(a, b)) {
                    containers.announce(
                        lifecycle.current(c.id()), "rename", Map.of("oldName", "/" + c.name()));
                  }
                }));
  }

  // ---- its end

  /// The successor stays, and the one before it goes, as far as it is still there: CONFLICT if the
  /// successor does not run. Anonymous volumes that it did not take over stay, but for those of one
  /// that would have been removed with them at its end.
  public void settle(String successor) throws IOException, InterruptedException {
    Container c = lifecycle.current(successor);
    Instead instead = instead(successor);
    if (!c.state().alive() && records.byId(instead.container()).isPresent()) {
      throw GraftException.conflict("container " + c.name() + " does not run");
    }
    relink(instead.container(), successor);
    // First the other one: as long as it is there, an engine that comes back has to know.
    remove(instead.container(), instead.autoRemove());
    lifecycle.change(
        successor,
        (now, _) -> {
          Container settled = now.settled().withSpec(now.spec().autoRemoved(instead.autoRemove()));
          records.save(settled);
          containers.announce(settled, "recreate", Map.of("replaced", instead.container()));
        });
  }

  /// Legacy links name a container by its id. Those that run find the new one when they are started
  /// again.
  private void relink(String before, String successor) throws IOException {
    for (Container other : records.list()) {
      if (other.spec().net().links().stream().anyMatch(l -> l.container().equals(before))) {
        lifecycle.change(
            other.id(),
            (c, _) -> {
              List<Link> links =
                  c.spec().net().links().stream()
                      .map(l -> l.container().equals(before) ? new Link(successor, l.alias()) : l)
                      .toList();
              records.save(c.withSpec(c.spec().linked(links)));
            });
      }
    }
  }

  /// The one that was there has its name again and runs, the successor is gone. What it takes is
  /// done as far as it is needed, so it may be called again.
  ///
  /// @param tried the successor as [#make] or [#pending] had it: somebody may have removed it since
  /// @throws GraftException if the one that was there does not start; it has its name then
  public void stepBack(Container tried) throws IOException, InterruptedException {
    Instead instead = tried.instead().orElseThrow();
    String successor = tried.id();
    if (records.byId(instead.container()).isEmpty()) {
      throw GraftException.conflict(
          "the container whose place " + instead.name() + " took was removed meanwhile");
    }
    Optional<Container> now = records.byId(successor);
    if (now.isPresent() && hasName(now.get())) {
      stop(successor);
      exchangeNames(successor, instead.container());
    } else if (now.isEmpty() && records.nameIsFree(instead.name())) {
      containers.rename(instead.container(), instead.name());
    }
    try {
      start(instead.container());
      autoRemove(instead.container(), instead.autoRemove());
    } finally {
      remove(successor, true);
    }
  }

  private void start(String id) throws IOException {
    try {
      containers.start(id);
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.NOT_MODIFIED) {
        throw e;
      }
    }
  }

  private void remove(String id, boolean volumes) throws IOException, InterruptedException {
    try {
      containers.remove(id, id, true, volumes);
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.NOT_FOUND) {
        throw e;
      }
    }
  }
}
