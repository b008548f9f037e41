package graft.container;

import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.log.LogInfo;
import graft.network.Networks;
import graft.network.Sandbox;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.ImageConfig.Settings;
import graft.oci.Reference;
import graft.runtime.LogReader;
import graft.runtime.Runtime;
import graft.runtime.Runtime.Streams;
import graft.runtime.Runtime.Task;
import graft.runtime.Spec;
import graft.snapshot.Differ;
import graft.snapshot.Snapshotter;
import graft.trash.Trash;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.function.UnaryOperator;

/// The room of the containers: look-up, creation, and the way to everything that can be done with
/// one. Every change of a container goes through here. Names and ids are resolved by [#find]; the
/// other methods take the id.
public final class Containers implements AutoCloseable {
  /// What to wait for.
  public enum WaitFor {
    NOT_RUNNING,
    NEXT_EXIT,
    REMOVED
  }

  /// A wait that has begun: what happens from its making on is not missed.
  public interface Wait {
    /// Blocks until it has happened.
    Outcome get() throws InterruptedException;
  }

  /// The exit code; that of a start that failed is 125 to 127, as its state says.
  ///
  /// @param error why it did not start; empty if it did
  public record Outcome(int code, String error) {
    Outcome(int code) {
      this(code, "");
    }
  }

  /// A new container, and what was not done as asked.
  public record CreatedContainer(String id, List<String> warnings) {}

  private final Records records;
  private final Runtime runtime;
  private final Networks networks;
  private final Snapshotter snapshots;
  private final Differ differ;
  private final Images images;
  private final MountPlan mounts;
  private final ContainerMounts points;
  private final ContainerFiles files;
  private final Wiring wiring;
  private final Launch launch;
  private final Creation creation;
  private final Lifecycle lifecycle;
  private final Stopping stopping;
  private final Removal removal;
  private final Connections connections;
  private final Trash trash;
  private final Committing committing;
  private final Execs execs;
  private final Healths healths;
  private final LogForwarding forwarding;
  private final ArchiveMounts archives;
  private final Replacements replacements;

  public Containers(Rooms rooms) {
    this.records = new Records(rooms.db());
    this.runtime = rooms.runtime();
    this.networks = rooms.networks();
    this.snapshots = rooms.snapshots();
    this.differ = rooms.differ();
    this.images = rooms.images();
    this.files = new ContainerFiles(rooms.root());
    this.points = new ContainerMounts(rooms);
    this.mounts = new MountPlan(rooms, points, this::list);
    UserSpaces users = new UserSpaces(rooms.run(), snapshots, this::find);
    this.wiring = new Wiring(networks, this::find, users);
    this.launch = new Launch(rooms, files, mounts, points, wiring, users, this::find);
    this.healths = new Healths(rooms.db(), this::probe, this::announce);
    this.forwarding =
        new LogForwarding(rooms.db(), (c, query) -> rooms.runtime().logs(launch.task(c), query));
    this.removal =
        new Removal(
            records,
            runtime,
            launch,
            snapshots,
            mounts,
            files,
            healths,
            forwarding,
            rooms.trash(),
            this::announce);
    this.lifecycle =
        new Lifecycle(records, runtime, launch, rooms.events(), removal, healths, forwarding);
    this.stopping = new Stopping(lifecycle, records, runtime, launch, healths);
    this.creation =
        new Creation(
            records, images, snapshots, mounts, files, wiring, launch, users, this::announce);
    this.committing = new Committing(lifecycle, stopping, images, differ, this::announce);
    this.replacements = new Replacements(records, images, creation, lifecycle, this);
    this.connections = new Connections(lifecycle, records, networks, wiring, files);
    this.trash = rooms.trash();
    trash.owner(
        Trash.Kind.CONTAINER,
        new RemovedContainers(
            records, snapshots, files, rooms.volumes(), images, lifecycle, trash));
    this.execs = new Execs(lifecycle, launch, runtime);
    this.archives = new ArchiveMounts(lifecycle, snapshots, points, rooms.runtime());
  }

  /// Tells of something that was done with a container.
  ///
  /// @param attributes more than its labels, name and image
  public void announce(Container c, String action, Map<String, String> attributes) {
    lifecycle.announce(c, action, attributes);
  }

  private Health.Probe probe(Container c, Healthcheck check) throws InterruptedException {
    return new HealthProbe(execs).probe(c, check);
  }

  /// Brings the records in line with what runs, finishes what was cut short. Once, before any other
  /// call. A container that cannot be brought in line is reported, the others go on.
  public List<String> restore() throws IOException {
    return new Restoration(records, lifecycle, networks, snapshots, launch, points, files, trash)
        .run();
  }

  // ---- look-up

  /// Newest first; takes no lock.
  public List<Container> list() {
    return records.list();
  }

  /// By full id, name, or unique prefix of an id.
  public Container find(String nameOrId) {
    return records.find(nameOrId);
  }

  public Connections connections() {
    return connections;
  }

  public Replacements replacements() {
    return replacements;
  }

  /// How it does; empty for one without a health check and for one that was never started.
  public Optional<Health> health(String id) {
    return healths.of(id);
  }

  public Execs execs() {
    return execs;
  }

  /// Where the container's files are kept, for inspect.
  public Paths paths(String id) {
    return new Paths(
        files.resolvConf(id).toString(),
        files.hostname(id).toString(),
        files.hosts(id).toString(),
        files.log(id).toString());
  }

  /// What the network gave it, while it runs.
  public Optional<Sandbox> network(String id) {
    return networks.sandbox(id);
  }

  public record Paths(String resolvConf, String hostname, String hosts, String log) {}

  // ---- creation

  /// Makes a container that is not running yet: NOT_FOUND if the image is not here.
  public CreatedContainer create(Request request) throws IOException, InterruptedException {
    return creation.create(request);
  }

  // ---- life

  public void start(String id) throws IOException {
    lifecycle.start(id);
  }

  /// Asks nicely, waits, then kills. NOT_MODIFIED if it does not run.
  ///
  /// @param signal empty: the container's stop signal
  /// @param seconds empty: the container's timeout, or 10; negative: for ever
  public void stop(String id, String signal, OptionalInt seconds)
      throws IOException, InterruptedException {
    Container c = lifecycle.current(id);
    int number = Signals.number(signal.isEmpty() ? c.spec().stopSignal() : signal);
    int patience = seconds.isPresent() ? seconds.getAsInt() : c.spec().stopTimeout().orElse(10);
    stopping.stop(id, number, patience);
  }

  public void restart(String id, String signal, OptionalInt seconds)
      throws IOException, InterruptedException {
    lifecycle.restart(
        id,
        () -> {
          try {
            stop(id, signal, seconds);
          } catch (GraftException e) {
            if (e.kind() != GraftException.Kind.NOT_MODIFIED) {
              throw e;
            }
          }
        });
  }

  /// @param given the words of the user, for messages
  public void kill(String id, String given, String signal)
      throws IOException, InterruptedException {
    int number;
    try {
      number = Signals.number(signal.isEmpty() ? "KILL" : signal);
    } catch (GraftException e) {
      throw GraftException.invalid("cannot kill container: " + given + ": " + e.text());
    }
    stopping.kill(id, given, number);
  }

  public void pause(String id) throws IOException {
    stopping.pause(id);
  }

  public void unpause(String id) throws IOException {
    stopping.unpause(id);
  }

  public void rename(String id, String newName) throws IOException {
    if (newName.isEmpty()) {
      throw GraftException.invalid("Neither old nor new names may be empty");
    }
    String name = Names.check(newName);
    lifecycle.change(
        id,
        (c, _) -> {
          if (c.name().equals(name)) {
            throw GraftException.invalid(
                "Renaming a container with the same name as its current name");
          }
          records.rename(c.withName(name), c.name());
          connections.renamed(c.withName(name));
          announce(c.withName(name), "rename", Map.of("oldName", "/" + c.name()));
        });
  }

  /// New limits and restart policy, at once for a running container.
  public void update(String id, Spec.Resources resources, ContainerSpec.RestartPolicy restart)
      throws IOException {
    lifecycle.change(
        id,
        (c, task) -> {
          if (c.state().alive()) {
            runtime.update(task, resources);
          }
          records.save(c.withSpec(c.spec().with(resources, restart)));
          announce(c, "update", Map.of());
        });
  }

  /// @param given the words of the user, for messages
  /// @param force kill it first if it runs
  public void remove(String id, String given, boolean force, boolean volumes)
      throws IOException, InterruptedException {
    Live live = lifecycle.live(id);
    if (!live.life.tryLock()) {
      if (records.byId(id).filter(c -> c.state() instanceof State.Removing).isPresent()) {
        throw GraftException.conflict("removal of container " + given + " is already in progress");
      }
      live.life.lock();
    }
    int before;
    try {
      Container c = lifecycle.current(id);
      if (!c.state().alive()) {
        live.cancelRestart();
        removal.remove(live, c, volumes);
        lifecycle.forget(id);
        return;
      }
      refuseUnlessForced(c, given, force);
      before = live.exits();
      records.save(c.withStoppedByUser(true));
      Task task = launch.task(c);
      stopping.sendIgnoringGone(task, Signals.KILL);
      if (c.state() instanceof State.Paused) {
        runtime.resume(task);
      }
      announce(c, "kill", Map.of("signal", "9"));
    } finally {
      live.life.unlock();
    }
    live.awaitExitAfter(before);
    live.life.lock();
    try {
      Optional<Container> c = records.byId(id);
      if (c.isPresent()) {
        removal.remove(live, c.get(), volumes);
      }
      lifecycle.forget(id);
    } finally {
      live.life.unlock();
    }
  }

  private static void refuseUnlessForced(Container c, String given, boolean force) {
    if (force) {
      return;
    }
    if (c.state() instanceof State.Paused) {
      throw GraftException.conflict(
          "cannot remove container \""
              + given
              + "\": container is paused and must be unpaused first");
    }
    throw GraftException.conflict(
        "cannot remove container \""
            + given
            + "\": container is running: stop the container before removing or force remove");
  }

  /// Begins to wait. What happens after this call is seen by [Wait#get].
  public Wait await(String id, WaitFor condition) {
    Container c = lifecycle.current(id);
    Live live = lifecycle.live(id);
    int before = live.exits();
    return switch (condition) {
      case NOT_RUNNING -> {
        if (c.state().alive() || c.state() instanceof State.Restarting) {
          yield () -> new Outcome(live.awaitExitAfter(before));
        }
        Outcome now =
            c.state() instanceof State.Created created
                ? new Outcome(created.code(), created.error())
                : new Outcome(recordedCode(c));
        yield () -> now;
      }
      case NEXT_EXIT -> () -> new Outcome(live.awaitExitAfter(before));
      case REMOVED -> () -> new Outcome(live.awaitRemoved(recordedCode(c)));
    };
  }

  private static int recordedCode(Container c) {
    return switch (c.state()) {
      case State.Created created -> created.code();
      case State.Exited exited -> exited.exit().code();
      case State.Restarting restarting -> restarting.exit().code();
      case State.Running _, State.Paused _, State.Removing _ -> 0;
    };
  }

  // ---- streams

  /// Joins the container's streams, now if it runs, else at its next start.
  public Streams attach(String id) throws IOException {
    Live live = lifecycle.live(id);
    live.life.lock();
    try {
      Container c = lifecycle.current(id);
      return switch (c.state()) {
        case State.Running _ -> {
          announce(c, "attach", Map.of());
          yield runtime.attach(launch.task(c));
        }
        case State.Paused _ ->
            throw GraftException.conflict(
                "container " + c.name() + " is paused, unpause the container before attach");
        case State.Created _, State.Exited _, State.Restarting _ -> {
          announce(c, "attach", Map.of());
          yield live.attachAtStart();
        }
        case State.Removing _ ->
            throw GraftException.conflict("container " + c.name() + " is being removed");
      };
    } finally {
      live.life.unlock();
    }
  }

  /// What the container wrote. The caller closes the reader.
  public LogReader logs(String id, LogReader.Query query) throws IOException {
    return runtime.logs(launch.task(lifecycle.current(id)), query);
  }

  /// What log options add to each entry: labels, variables, and the tag where one was given.
  public SortedMap<String, String> logAttributes(String id) {
    LogInfo info = LogForwarding.info(lifecycle.current(id));
    SortedMap<String, String> all = info.attributes();
    if (!info.options().getOrDefault("tag", "").isEmpty()) {
      all.put("tag", info.tag(""));
    }
    return all;
  }

  /// Begins new log files where the current ones have reached their size; to be called now and
  /// then.
  public void rotateLogs() {
    for (Container c : list()) {
      ContainerSpec.LogConfig log = c.spec().log();
      if (c.state().alive() && !log.driver().equals("none") && log.maxSize() > 0) {
        try {
          runtime.rotateLog(launch.task(c), log.maxSize(), log.maxFiles());
        } catch (IOException | RuntimeException e) {
          lifecycle.announce(c, "log_rotation_failed", Map.of());
        }
      }
    }
  }

  public void resize(String id, int columns, int rows) throws IOException {
    Container c = lifecycle.current(id);
    if (!c.state().alive()) {
      throw GraftException.conflict("container " + id + " is not running");
    }
    runtime.resize(launch.task(c), columns, rows);
    announce(
        c, "resize", Map.of("width", Integer.toString(columns), "height", Integer.toString(rows)));
  }

  /// Host pids of its processes; CONFLICT if it does not run.
  public List<Integer> pids(String id) throws IOException {
    Container c = lifecycle.current(id);
    if (!c.state().alive()) {
      throw GraftException.conflict("container " + id + " is not running");
    }
    return runtime.pids(launch.task(c));
  }

  // ---- file system

  /// Its files, to copy in and out; the caller closes.
  public ContainerArchive archive(String id) throws IOException {
    return archives.open(id);
  }

  public List<Differ.Change> changes(String id) throws IOException {
    return differ.changes(lifecycle.current(id).id());
  }

  /// The writable layer as a tar, as a commit would have it.
  public void writeChanges(String id, OutputStream out) throws IOException {
    differ.writeTar(lifecycle.current(id).id(), out);
  }

  public void export(String id, OutputStream out) throws IOException {
    differ.exportTar(lifecycle.current(id).id(), out);
    announce(lifecycle.current(id), "export", Map.of());
  }

  /// What a commit adds to the writable layer.
  ///
  /// @param pause freeze the container meanwhile
  /// @param settings what becomes of the image's settings, given those of the image
  public record CommitRequest(
      Optional<Reference> name,
      String author,
      String message,
      boolean pause,
      UnaryOperator<Settings> settings) {}

  /// The read-write layer becomes a read-only layer of a new image; the container goes on.
  public ImageRecord commit(String id, CommitRequest request)
      throws IOException, InterruptedException {
    return committing.commit(id, request);
  }

  /// Bytes in the writable layer.
  public long usage(String id) throws IOException {
    return snapshots.usage(id);
  }

  @Override
  public void close() {
    healths.close();
    forwarding.close();
    lifecycle.close();
    execs.close();
  }
}
