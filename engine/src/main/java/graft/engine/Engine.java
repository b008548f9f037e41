package graft.engine;

import graft.advisory.Advisories;
import graft.build.Builds;
import graft.build.run.EngineBuilds;
import graft.container.Container;
import graft.container.Containers;
import graft.container.Rooms;
import graft.content.ContentStore;
import graft.content.FileContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.facts.LayerIndexes;
import graft.images.ImageUser;
import graft.images.Images;
import graft.layer.Limits;
import graft.lineage.Lineage;
import graft.linux.IdMap;
import graft.linux.NetworkNamespaces;
import graft.linux.UserNamespaces;
import graft.network.Networks;
import graft.oci.Digest;
import graft.pins.Pins;
import graft.registry.Registries;
import graft.rollout.Rollouts;
import graft.runtime.DirectRunner;
import graft.runtime.RuncRunner;
import graft.runtime.RuncRuntime;
import graft.runtime.Runtime;
import graft.snapshot.OverlayDiffer;
import graft.snapshot.OverlaySnapshotter;
import graft.snapshot.PackedLayerStore;
import graft.snapshot.Snapshotter;
import graft.trash.Trash;
import graft.volume.Volumes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The rooms of one engine, wired. A program that embeds Graft opens one of these on a directory,
/// and so does the daemon; two cannot have the same directory at once.
///
/// ```java
/// try (Engine engine = Engine.open(EngineConfig.at(data, run))) {
///   String id = engine.containers().create(Request.of("busybox", "true")).id();
///   engine.containers().start(id);
/// }
/// ```
///
/// Closing stops nothing: containers go on, and the next engine takes them over.
public final class Engine implements AutoCloseable {
  /// How often logs are looked at. At 100 MB/s of output a log is at most 500 MB past its size.
  private static final String REMAP = "remap";

  private static final Duration CHORES = Duration.ofSeconds(5);

  private static final long NEARLY_FULL = 1L << 30;

  private final EngineConfig config;
  private final List<Closeable> locks;
  private final Db db;
  private final ContentStore content;
  private final Events events;
  private final Networks networks;
  private final Volumes volumes;
  private final Pins pins;
  private final Trash trash;
  private final Snapshotter snapshots;
  private final LayerIndexes facts;
  private final Runtime runtime;
  private final Registries registries;
  private final Images images;
  private final Containers containers;
  private final EngineBuilds builds;
  private final Advisories advisories;
  private final Lineage lineage;
  private final Rollouts rollouts;
  private final List<String> troubles;
  private final Thread chores;
  private final PackedLayerStore layers;

  private Engine(EngineConfig config, List<Closeable> locks) throws IOException {
    Path root = config.dataRoot();
    this.config = config;
    this.locks = locks;
    this.events = new Events();
    this.db = Db.open(root.resolve("graft.db"));
    this.content = FileContentStore.open(root.resolve("content"));
    Path stack = Files.createDirectories(root.resolve("overlay"));
    this.layers = PackedLayerStore.open(stack, Limits.DEFAULT);
    OverlaySnapshotter overlay = OverlaySnapshotter.open(stack, layers, remap(config));
    layers.collectLeftovers();
    this.facts = LayerIndexes.open(root.resolve("facts"), layers);
    layers.watch(facts);
    this.snapshots = overlay;
    OverlayDiffer differ = new OverlayDiffer(overlay, layers);
    this.pins = new Pins(db);
    this.trash = new Trash(db, config.trash());
    this.volumes =
        Volumes.open(
            db, events, trash, Files.createDirectories(root.resolve("volumes")), config.remap());
    this.networks = Networks.open(db, events, config.network());
    this.runtime = RuncRuntime.find(Files.createDirectories(config.runRoot().resolve("runtime")));
    this.registries = new Registries(config.registry());
    this.images =
        new Images(
            content,
            layers,
            db,
            events,
            this::usersOf,
            this::layersOfContainers,
            id -> pins.has(Pins.Kind.IMAGE, id.toString()),
            trash);
    this.advisories = Advisories.open(root.resolve("advisories"));
    this.builds =
        EngineBuilds.open(
            new graft.build.Rooms(
                root.resolve("build"),
                config.runRoot().resolve("build"),
                db,
                images,
                layers,
                facts,
                snapshots,
                differ,
                networks,
                registries,
                DirectRunner.over(
                    RuncRunner.find(config.runRoot().resolve("build-runtime")),
                    config.runRoot().resolve("build-jobs"))),
            config.builds());
    this.lineage = new Lineage(images, facts, advisories, builds.recipes(), registries);
    this.containers =
        new Containers(
            new Rooms(
                Files.createDirectories(root.resolve("containers")),
                config.runRoot(),
                db,
                events,
                images,
                snapshots,
                differ,
                runtime,
                networks,
                volumes,
                trash));
    this.troubles = containers.restore();
    this.rollouts =
        Rollouts.open(
            new graft.rollout.Rooms(
                root.resolve("rollout"),
                db,
                events,
                images,
                layers,
                facts,
                advisories,
                lineage,
                builds,
                containers,
                registries,
                pins));
    images.collect();
    rollouts.watch();
    this.chores =
        Thread.ofVirtual()
            .name("chores")
            .start(() -> {
              try {
                while (true) {
                  Thread.sleep(CHORES);
                  containers.rotateLogs();
                  tendTrash();
                  tendBuilds();
                  tendPlans();
                }
              } catch (InterruptedException e) {
                // The engine is closing.
                Thread.currentThread().interrupt();
              }
            });
  }

  /// A disk that is nearly full is no place to keep what was removed.
  private void tendTrash() {
    try {
      FileStore disk = Files.getFileStore(config.dataRoot());
      if (disk.getUsableSpace() < Math.min(disk.getTotalSpace() / 20, NEARLY_FULL)) {
        trash.empty();
      } else {
        trash.tend(Instant.now());
      }
    } catch (IOException | RuntimeException e) {
      // What could not be deleted now is tried again with the next chores.
      events.publish(
          Event.Type.DAEMON, "trash_failed", "", Map.of("error", String.valueOf(e.getMessage())));
    }
  }

  private void tendBuilds() {
    try {
      builds.tend(Instant.now());
    } catch (IOException | RuntimeException e) {
      // As with the trash.
      events.publish(
          Event.Type.DAEMON, "builds_failed", "", Map.of("error", String.valueOf(e.getMessage())));
    }
  }

  private void tendPlans() {
    try {
      rollouts.tend();
    } catch (IOException | RuntimeException e) {
      // As with the trash.
      events.publish(
          Event.Type.DAEMON, "plans_failed", "", Map.of("error", String.valueOf(e.getMessage())));
    }
  }

  /// Opens the engine on its directory: takes over what runs, finishes or takes away what a former
  /// one left half done. UNAVAILABLE if another one has one of the directories, FORBIDDEN if it has
  /// the bridge.
  public static Engine open(EngineConfig config) throws IOException {
    shut(Files.createDirectories(config.dataRoot()), config.remap());
    shut(Files.createDirectories(config.runRoot()), config.remap());
    List<Closeable> locks = new ArrayList<>();
    try {
      locks.add(lock(config.dataRoot()));
      locks.add(lock(config.runRoot()));
      locks.add(Networks.claim(config.network()));
      return new Engine(config, List.copyOf(locks));
    } catch (IOException | RuntimeException e) {
      release(locks);
      throw e;
    }
  }

  private static void release(List<Closeable> locks) throws IOException {
    for (Closeable lock : locks) {
      lock.close();
    }
  }

  /// One engine at a time: each would take the other's things for leftovers of a former one.
  private static FileChannel lock(Path directory) throws IOException {
    Path file = directory.resolve("lock");
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw new GraftException(
            GraftException.Kind.UNAVAILABLE,
            "another engine is using " + directory + " (it holds " + file + ")");
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /// A user namespace that layers are mounted by, as containers see them.
  private static Optional<OverlaySnapshotter.Remap> remap(EngineConfig config) throws IOException {
    if (config.remap().isIdentity()) {
      return Optional.empty();
    }
    Path at = Files.createDirectories(config.runRoot()).resolve(REMAP);
    NetworkNamespaces.delete(at);
    UserNamespaces.create(config.remap(), at);
    return Optional.of(new OverlaySnapshotter.Remap(config.remap(), at));
  }

  /// In there are set-user-id programs of strangers, which no user of this machine may run
  /// (CVE-2021-41091). Left as it is where it belongs to somebody else. The root of containers in
  /// user namespaces of theirs may pass: it mounts what lies below.
  private static void shut(Path directory, IdMap ids) throws IOException {
    if (!Files.getOwner(directory).equals(Files.getOwner(Path.of("/proc/self")))) {
      return;
    }
    String permissions = ids.isIdentity() ? "rwx------" : "rwx--x---";
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
    Files.setAttribute(directory, "unix:gid", (int) ids.gidOutside(0));
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private List<ImageUser> usersOf(Digest image) {
    return containers.list().stream()
        .filter(c -> c.images().contains(image))
        .map(c -> new ImageUser(c.shortId(), c.state().alive()))
        .toList();
  }

  private List<Digest> layersOfContainers() {
    Stream<Digest> ofContainers =
        containers.list().stream().map(Container::allLayers).flatMap(List::stream);
    return Stream.concat(ofContainers, builds.layersInUse().stream()).toList();
  }

  public EngineConfig config() {
    return config;
  }

  public Images images() {
    return images;
  }

  public Containers containers() {
    return containers;
  }

  public Networks networks() {
    return networks;
  }

  public Volumes volumes() {
    return volumes;
  }

  public Builds builds() {
    return builds;
  }

  public Advisories advisories() {
    return advisories;
  }

  public Lineage lineage() {
    return lineage;
  }

  public Rollouts rollouts() {
    return rollouts;
  }

  public Pins pins() {
    return pins;
  }

  public Trash trash() {
    return trash;
  }

  public Events events() {
    return events;
  }

  public Registries registries() {
    return registries;
  }

  public Snapshotter snapshots() {
    return snapshots;
  }

  public LayerIndexes facts() {
    return facts;
  }

  public Runtime runtime() {
    return runtime;
  }

  public ContentStore content() {
    return content;
  }

  /// What could not be taken over at start, in sentences.
  public List<String> troubles() {
    return troubles;
  }

  @Override
  public void close() throws IOException {
    chores.interrupt();
    rollouts.close();
    facts.close();
    containers.close();
    networks.close();
    registries.close();
    db.close();
    layers.close();
    NetworkNamespaces.delete(config.runRoot().resolve(REMAP));
    release(locks);
  }
}
