package graft.container;

import graft.container.Container.MountPoint;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.ContainerSpec.Recursion;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Leases.Lease;
import graft.linux.IdMap;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import graft.volume.Volume;
import graft.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// From the mounts that were asked for to volumes, images and directories of the host, at create.
/// What is mounted of them at a start says [ContainerMounts].
final class MountPlan {
  private final Volumes volumes;
  private final Snapshotter snapshots;
  private final Images images;
  private final ContainerMounts mounts;
  private final Supplier<List<Container>> containers;

  MountPlan(Rooms rooms, ContainerMounts mounts, Supplier<List<Container>> containers) {
    this.volumes = rooms.volumes();
    this.snapshots = rooms.snapshots();
    this.images = rooms.images();
    this.mounts = mounts;
    this.containers = containers;
  }

  /// Holds the images that are to be mounted; NOT_FOUND if one is not here.
  void holdImages(ContainerSpec spec, Lease lease) throws InterruptedException {
    for (MountRequest m : spec.mounts()) {
      if (m.kind() == MountKind.IMAGE) {
        lease.hold(images.find(m.source()).diffIds());
      }
    }
  }

  /// Makes volumes and host directories that are missing, fills empty volumes from the image, and
  /// says what is mounted where. Volumes are held until `undo` or the record takes over.
  ///
  /// @param carried where its anonymous volumes are, if there are any of those targets yet
  /// @param holds where the holds on volumes go; closed when the container is on record
  List<MountPoint> resolve(
      String id, ContainerSpec spec, List<MountPoint> carried, Undo undo, List<Volumes.Hold> holds)
      throws IOException {
    Map<String, String> known = new HashMap<>();
    carried.stream()
        .filter(MountPoint::anonymous)
        .forEach(m -> known.put(m.destination(), m.name()));
    Map<String, MountPoint> byTarget = new LinkedHashMap<>();
    Set<String> taken = tmpfs(spec);
    for (MountRequest m : spec.mounts()) {
      String target = clean(m.target());
      if (!taken.add(target)) {
        throw GraftException.invalid("Duplicate mount point: " + target);
      }
      switch (m.kind()) {
        case BIND -> byTarget.put(target, bind(m, target));
        case VOLUME -> byTarget.put(target, volume(id, m, target, known, undo, holds));
        case TMPFS -> {
          // In the runtime's own list of mounts already.
        }
        case IMAGE -> byTarget.put(target, image(id, m, target, byTarget.size()));
      }
    }
    for (String path : spec.volumes()) {
      String target = clean(path);
      if (!byTarget.containsKey(target) && !isTmpfs(spec, target)) {
        byTarget.put(target, volume(id, anonymous(target), target, known, undo, holds));
      }
    }
    return List.copyOf(byTarget.values());
  }

  private static boolean isTmpfs(ContainerSpec spec, String target) {
    return spec.run().mounts().stream().anyMatch(m -> clean(m.destination()).equals(target));
  }

  /// Targets of the `Tmpfs` map; a tmpfs of `Mounts` is among the requests as well.
  private static Set<String> tmpfs(ContainerSpec spec) {
    Set<String> all = new HashSet<>();
    spec.run().mounts().forEach(m -> all.add(clean(m.destination())));
    spec.mounts().stream()
        .filter(m -> m.kind() == MountKind.TMPFS)
        .forEach(m -> all.remove(clean(m.target())));
    return all;
  }

  private static MountRequest anonymous(String target) {
    return MountRequest.of(MountKind.VOLUME, "", target);
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

  private MountPoint bind(MountRequest m, String target) throws IOException {
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
        m.propagation().isEmpty() ? mounts.defaultPropagation(source.normalize()) : m.propagation(),
        false,
        "",
        m.recursion(),
        Optional.empty());
  }

  private MountPoint image(String id, MountRequest m, String target, int n) {
    ImageRecord image = images.find(m.source());
    return new MountPoint(
        MountKind.IMAGE,
        m.source(),
        mounts.imagePlace(id, n).toString(),
        target,
        m.mode(),
        false,
        "rprivate",
        false,
        m.subpath(),
        Recursion.FULL,
        Optional.of(new Container.MountedImage(image.id(), image.topFirst())));
  }

  private MountPoint volume(
      String id,
      MountRequest m,
      String target,
      Map<String, String> known,
      Undo undo,
      List<Volumes.Hold> holds)
      throws IOException {
    Map<String, String> labels = new LinkedHashMap<>(m.volumeLabels());
    boolean anonymous = m.source().isEmpty();
    String name = anonymous ? known.getOrDefault(target, "") : m.source();
    Volumes.Hold hold = volumes.hold(name, m.driverOptions(), labels);
    holds.add(hold);
    Volume volume = hold.volume();
    if (name.isEmpty()) {
      undo.add(() -> volumes.remove(volume.name(), true, _ -> List.of(), Optional.empty()));
    }
    undo.add(hold::close);
    if (!m.noCopy() && m.subpath().isEmpty()) {
      fill(id, volume, target);
    }
    return new MountPoint(
        MountKind.VOLUME,
        volume.name(),
        volume.path().toString(),
        target,
        m.mode().isEmpty() ? "z" : m.mode(),
        !m.readOnly(),
        "",
        anonymous,
        m.subpath(),
        m.recursion(),
        Optional.empty());
  }

  private void fill(String id, Volume volume, String target) throws IOException {
    String filler = id + "-fill";
    volumes.enter(volume.name(), filler, Map.of());
    try {
      volumes.fillIfEmpty(volume, directory -> copyUp(id, target, directory));
    } finally {
      volumes.leave(volume.name(), filler, Map.of());
    }
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

  /// The working directory, made as root where the image has none.
  void makeDirectory(Path root, String path, IdMap ids) throws IOException {
    if (path.equals("/")) {
      return;
    }
    try (RootFiles files = RootFiles.open(root, ids)) {
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
  ///
  /// @param group what they come back with; empty: they do not
  void removeAnonymous(Container c, Optional<String> group) throws IOException {
    for (MountPoint m : c.mounts()) {
      if (m.kind() == MountKind.VOLUME
          && m.anonymous()
          && users(m.name()).stream().allMatch(c.id()::equals)) {
        volumes.remove(m.name(), true, _ -> List.of(), group);
      }
    }
  }
}
