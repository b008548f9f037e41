package graft.container;

import graft.container.Container.MountPoint;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.Recursion;
import graft.error.GraftException;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.Mounts;
import graft.runtime.Spec;
import graft.snapshot.Snapshotter;
import graft.volume.Volumes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// What a container sees of the host, volumes and images, for as long as it runs or somebody looks
/// into it.
///
/// ```
/// <run>/mounts/<id>/<n>     its n-th mount, where that is an image
/// <run>/mounts/<id>/<n>.sub its n-th mount, where that is a part of a volume or of an image
/// ```
///
/// A subpath is resolved by the kernel below its root at each start, and what was found is bound to
/// a place of ours: whoever writes into the volume cannot put a link in its stead afterwards.
final class ContainerMounts {
  private final Volumes volumes;
  private final Snapshotter snapshots;
  private final Path places;
  private final Path dataRoot;

  ContainerMounts(Rooms rooms) {
    this.volumes = rooms.volumes();
    this.snapshots = rooms.snapshots();
    this.places = rooms.run().resolve("mounts");
    Path root = rooms.root().toAbsolutePath().normalize().getParent();
    this.dataRoot = root == null ? rooms.root() : root;
  }

  /// Where an image is mounted that is the n-th mount of a container.
  Path imagePlace(String id, int n) {
    return places.resolve(id).resolve(Integer.toString(n));
  }

  /// Where the files of a mount are on the host, once [#open] has been called.
  Path place(Container c, MountPoint p) {
    return p.subpath().isEmpty()
        ? Path.of(p.source())
        : places.resolve(c.id()).resolve(c.mounts().indexOf(p) + ".sub");
  }

  /// Mounts what has to be mounted before anything can be bound; may be called again.
  ///
  /// @param user who says [#close] of the same name
  /// @param loud tell of the volumes in events
  void open(Container c, String user, boolean loud) throws IOException {
    try {
      for (MountPoint p : c.mounts()) {
        if (p.kind() == MountKind.VOLUME) {
          volumes.enter(p.name(), user, loud ? mountEvent(c, p) : Map.of());
        }
        if (p.image().isPresent()) {
          Path at = Files.createDirectories(Path.of(p.source()));
          if (!Mounts.isMountPoint(at.toRealPath())) {
            snapshots.view(p.image().get().layers(), at, snapshots.ids(c.id()));
          }
        }
        if (!p.subpath().isEmpty()) {
          bindSubpath(p, place(c, p));
        }
      }
    } catch (IOException | RuntimeException e) {
      try {
        close(c, user, loud);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private static Map<String, String> mountEvent(Container c, MountPoint p) {
    return Map.of(
        "container",
        c.id(),
        "destination",
        p.destination(),
        "propagation",
        p.propagation(),
        "read/write",
        Boolean.toString(p.writable()));
  }

  private void bindSubpath(MountPoint p, Path at) throws IOException {
    Path shown = Path.of(p.source()).resolve(p.subpath());
    try (Fd base = LinuxFiles.open(p.source(), LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH);
        Fd found =
            LinuxFiles.openat2(
                base.number(),
                p.subpath().getBytes(StandardCharsets.UTF_8),
                LinuxFiles.O_PATH,
                0,
                LinuxFiles.RESOLVE_BENEATH | LinuxFiles.RESOLVE_NO_MAGICLINKS)) {
      Files.createDirectories(at.resolveSibling(""));
      // A start that an engine did not live to finish may have left another thing here.
      unmountAt(at);
      if (LinuxFiles.stat(found.number(), new byte[0]).isDirectory()) {
        Files.createDirectory(at);
      } else {
        Files.createFile(at);
      }
      Mounts.mount(found.path(), at, "", Mounts.MS_BIND, "");
    } catch (LinuxException e) {
      if (e.errno() == Errno.EXDEV) {
        throw GraftException.invalid(
            "path concatenation escapes the base directory, base: "
                + p.source()
                + ", subpath: "
                + p.subpath());
      }
      if (e.isMissing()) {
        throw new GraftException(
            GraftException.Kind.NOT_FOUND,
            "cannot access path " + shown + ": lstat " + shown + ": " + Errno.text(e.errno()),
            e);
      }
      throw e;
    }
  }

  private static void unmountAt(Path at) throws IOException {
    if (Files.exists(at)) {
      while (Mounts.unmount(at)) {
        // One over the other, should there be several.
      }
      Files.delete(at);
    }
  }

  /// The end of [#open]: volumes are let go, what was mounted for this container alone goes.
  void close(Container c, String user, boolean loud) throws IOException {
    discard(c.id());
    leave(c, user, loud ? Map.of("container", c.id()) : Map.of());
  }

  /// As [#close] for one of two users: what is mounted for this container stays.
  void leave(Container c, String user) throws IOException {
    leave(c, user, Map.of());
  }

  private void leave(Container c, String user, Map<String, String> told) throws IOException {
    for (MountPoint p : c.mounts()) {
      if (p.kind() == MountKind.VOLUME) {
        volumes.leave(p.name(), user, told);
      }
    }
  }

  /// Takes away what was mounted for a container alone, whose record may be gone.
  void discard(String id) throws IOException {
    Path mine = places.resolve(id);
    if (!Files.exists(mine)) {
      return;
    }
    List<Path> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(mine)) {
      entries.forEach(all::add);
    }
    // Parts of an image before the image.
    all.sort((a, b) -> b.toString().length() - a.toString().length());
    for (Path at : all) {
      unmountAt(at);
    }
    Files.delete(mine);
  }

  /// What an engine that comes back says of a container that runs.
  void adopt(Container c) throws IOException {
    for (MountPoint p : c.mounts()) {
      if (p.kind() == MountKind.VOLUME) {
        volumes.enter(p.name(), c.id(), Map.of());
      }
    }
  }

  /// Once, after [#adopt]: takes away what was mounted for containers that do not run any more.
  void settle(Collection<String> alive) throws IOException {
    if (Files.exists(places)) {
      List<String> ids = new ArrayList<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(places)) {
        all.forEach(p -> ids.add(String.valueOf(p.getFileName())));
      }
      for (String id : ids) {
        if (!alive.contains(id)) {
          discard(id);
        }
      }
    }
    volumes.settle();
  }

  // ---- what the runtime mounts

  /// The mounts for the runtime, in the order of their depth, so that none hides another.
  List<Spec.Mount> bind(Container c) throws IOException {
    List<MountPoint> points = new ArrayList<>(c.mounts());
    points.sort((a, b) -> Integer.compare(depth(a.destination()), depth(b.destination())));
    List<Spec.Mount> all = new ArrayList<>();
    for (MountPoint p : points) {
      Path place = place(c, p);
      if (!Files.exists(place)) {
        throw GraftException.invalid(
            "the source of the mount at " + p.destination() + " is gone: " + p.source());
      }
      all.add(new Spec.Mount(p.destination(), "bind", place.toString(), options(p)));
    }
    return all;
  }

  private List<String> options(MountPoint p) throws IOException {
    List<String> options = new ArrayList<>();
    options.add(p.recursion() == Recursion.NONE ? "bind" : "rbind");
    if (!p.writable()) {
      options.add(p.recursion() == Recursion.WRITABLE_BELOW ? "ro" : "rro");
    }
    options.add(propagation(p));
    return options;
  }

  /// Mounts can only come or go where the source lies on a mount that lets them.
  private String propagation(MountPoint p) throws IOException {
    String wanted = p.propagation().isEmpty() ? "rprivate" : p.propagation();
    boolean shared = wanted.endsWith("shared");
    if (p.kind() != MountKind.BIND || wanted.endsWith("private")) {
      return wanted;
    }
    Mounts.Propagation source = Mounts.propagation(Path.of(p.source()).toRealPath());
    if (source.shared() || !shared && source.slave()) {
      return wanted;
    }
    if (!shared && isAroundDataRoot(Path.of(p.source()))) {
      // Nobody need have asked for it, see below.
      return "rprivate";
    }
    throw GraftException.internal(
        "path "
            + p.source()
            + " is mounted on "
            + source.mountPoint()
            + " but it is not a "
            + (shared ? "shared mount" : "shared or slave mount"),
        null);
  }

  /// The default of a bind. A container that sees the engine's own mounts would keep them busy for
  /// ever, were their end not to reach it.
  String defaultPropagation(Path source) {
    return isAroundDataRoot(source) ? "rslave" : "rprivate";
  }

  private boolean isAroundDataRoot(Path source) {
    return source.startsWith(dataRoot) || dataRoot.startsWith(source);
  }

  private static int depth(String path) {
    return (int) path.chars().filter(ch -> ch == '/').count();
  }
}
