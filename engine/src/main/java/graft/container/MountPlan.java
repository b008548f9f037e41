package graft.container;

import graft.container.Container.MountPoint;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.error.GraftException;
import graft.runtime.Spec;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import graft.volume.Volume;
import graft.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/// From the mounts that were asked for to volumes and directories of the host (at create), and from
/// those to what the runtime mounts (at start).
final class MountPlan {
  private final Volumes volumes;
  private final Snapshotter snapshots;
  private final Supplier<List<Container>> containers;

  MountPlan(Volumes volumes, Snapshotter snapshots, Supplier<List<Container>> containers) {
    this.volumes = volumes;
    this.snapshots = snapshots;
    this.containers = containers;
  }

  /// Makes volumes and host directories that are missing, fills empty volumes from the image, and
  /// says what is mounted where. Volumes are held until `undo` or the record takes over.
  ///
  /// @param holds where the holds on volumes go; closed when the container is on record
  List<MountPoint> resolve(String id, ContainerSpec spec, Undo undo, List<Volumes.Hold> holds)
      throws IOException {
    Map<String, MountPoint> byTarget = new LinkedHashMap<>();
    Set<String> fromMounts = new HashSet<>();
    for (MountRequest m : spec.mounts()) {
      String target = clean(m.target());
      if (m.fromMounts() && !fromMounts.add(target)) {
        throw GraftException.invalid("Duplicate mount point: " + target);
      }
      if (byTarget.containsKey(target)) {
        throw GraftException.invalid("Duplicate mount point: " + target);
      }
      switch (m.kind()) {
        case BIND -> byTarget.put(target, bind(m, target));
        case VOLUME ->
            byTarget.put(target, volume(id, m, target, m.source().isEmpty(), undo, holds));
        case TMPFS -> {
          // In the runtime's own list of mounts already.
        }
      }
    }
    for (String path : spec.volumes()) {
      String target = clean(path);
      if (!byTarget.containsKey(target) && !isTmpfs(spec, target)) {
        byTarget.put(target, volume(id, anonymous(target), target, true, undo, holds));
      }
    }
    return List.copyOf(byTarget.values());
  }

  private static boolean isTmpfs(ContainerSpec spec, String target) {
    return spec.run().mounts().stream().anyMatch(m -> clean(m.destination()).equals(target));
  }

  private static MountRequest anonymous(String target) {
    return new MountRequest(
        MountKind.VOLUME, "", target, "", false, "", false, false, "", List.of(), Map.of(), false);
  }

  private static String clean(String target) {
    if (!target.startsWith("/")) {
      throw GraftException.invalid(
          "invalid mount path: '" + target + "' mount path must be absolute");
    }
    String clean = Path.of(target).normalize().toString();
    if (clean.equals("/")) {
      throw GraftException.invalid("invalid specification: destination can't be '/'");
    }
    return clean;
  }

  private static MountPoint bind(MountRequest m, String target) throws IOException {
    Path source = Path.of(m.source());
    if (!Files.exists(source)) {
      if (!m.createSource()) {
        throw GraftException.invalid(
            "invalid mount config for type \"bind\": bind source path does not exist: "
                + m.source());
      }
      Files.createDirectories(source);
    }
    return new MountPoint(
        MountKind.BIND,
        "",
        source.normalize().toString(),
        target,
        m.mode(),
        !m.readOnly(),
        m.propagation().isEmpty() ? "rprivate" : m.propagation(),
        false);
  }

  private MountPoint volume(
      String id,
      MountRequest m,
      String target,
      boolean anonymous,
      Undo undo,
      List<Volumes.Hold> holds)
      throws IOException {
    Map<String, String> labels = new LinkedHashMap<>(m.volumeLabels());
    Volumes.Hold hold = volumes.hold(m.source(), labels);
    holds.add(hold);
    Volume volume = hold.volume();
    if (anonymous) {
      undo.add(() -> volumes.remove(volume.name(), true, _ -> List.of()));
    }
    undo.add(hold::close);
    if (!m.noCopy()) {
      volumes.fillIfEmpty(volume, directory -> copyUp(id, target, directory));
    }
    Path source = m.subpath().isEmpty() ? volume.path() : subpath(volume, m.subpath());
    return new MountPoint(
        MountKind.VOLUME,
        volume.name(),
        source.toString(),
        target,
        m.mode().isEmpty() && !m.fromMounts() ? "z" : m.mode(),
        !m.readOnly(),
        "",
        anonymous);
  }

  private void copyUp(String id, String target, Path directory) throws IOException {
    boolean mounted = snapshots.isMounted(id);
    try (RootFiles files = RootFiles.open(snapshots.mount(id))) {
      files.copyInto(target, directory);
    } finally {
      if (!mounted) {
        snapshots.unmount(id);
      }
    }
  }

  private static Path subpath(Volume volume, String subpath) throws IOException {
    try (RootFiles files = RootFiles.open(volume.path())) {
      if (subpath.startsWith("/")
          || files.stat(subpath).filter(RootFiles.FileStat::isDirectory).isEmpty()) {
        throw GraftException.invalid(
            "cannot access path " + volume.path().resolve(subpath) + ": no such file or directory");
      }
    }
    // Links inside the volume may lead elsewhere when it is mounted later; only a real path is
    // taken.
    Path real = volume.path().resolve(subpath).toRealPath();
    if (!real.startsWith(volume.path().toRealPath())) {
      throw GraftException.invalid(
          "the subpath \"" + subpath + "\" leads out of volume " + volume.name());
    }
    return real;
  }

  /// The mounts for the runtime, in the order of their depth, so that none hides another.
  List<Spec.Mount> bind(Container c) {
    List<MountPoint> points = new ArrayList<>(c.mounts());
    points.sort((a, b) -> Integer.compare(depth(a.destination()), depth(b.destination())));
    List<Spec.Mount> all = new ArrayList<>();
    for (MountPoint p : points) {
      if (!Files.exists(Path.of(p.source()))) {
        throw GraftException.invalid(
            "the source of the mount at " + p.destination() + " is gone: " + p.source());
      }
      List<String> options = new ArrayList<>(List.of("rbind"));
      if (!p.writable()) {
        options.add("ro");
      }
      options.add(p.propagation().isEmpty() ? "rprivate" : p.propagation());
      all.add(new Spec.Mount(p.destination(), "bind", p.source(), options));
    }
    return all;
  }

  private static int depth(String path) {
    return (int) path.chars().filter(ch -> ch == '/').count();
  }

  /// The working directory, made as root where the image has none.
  void makeDirectory(Path root, String path) throws IOException {
    if (path.equals("/")) {
      return;
    }
    try (RootFiles files = RootFiles.open(root)) {
      if (files.stat(path + "/").isEmpty()) {
        files.makeDirectories(path);
      }
    } catch (NoSuchFileException e) {
      throw GraftException.internal("the root file system " + root + " is not there", e);
    }
  }

  /// Ids of the containers that use a volume.
  List<String> users(String volume) {
    return containers.get().stream()
        .filter(c -> c.mounts().stream().anyMatch(m -> m.name().equals(volume)))
        .map(Container::id)
        .toList();
  }

  /// Removes the anonymous volumes of a container that nobody else uses.
  void removeAnonymous(Container c) throws IOException {
    for (MountPoint m : c.mounts()) {
      if (m.kind() == MountKind.VOLUME
          && m.anonymous()
          && users(m.name()).stream().allMatch(c.id()::equals)) {
        volumes.remove(m.name(), true, _ -> List.of());
      }
    }
  }
}
