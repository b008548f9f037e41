package graft.container;

import graft.container.Container.MountPoint;
import graft.error.GraftException;
import graft.linux.IdMap;
import graft.runtime.Users;
import graft.snapshot.RootFiles;
import graft.snapshot.RootFiles.FileStat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Files into and out of one container. Of a running one the container's own view is used, mounts
/// and all; of another its file system and, below their mount points, its volumes and binds.
public final class ContainerArchive implements AutoCloseable {
  private static final int TYPE = 0170000;
  private static final int LINK = 0120000;

  private final Container container;
  private final Path root;
  private final Function<MountPoint, Path> places;
  private final Release release;
  private final IdMap ids;

  /// What is done when nobody looks any more.
  interface Release {
    void run() throws IOException;
  }

  /// @param root the file system as it is mounted now
  /// @param ids of its user namespace: tars have those inside
  /// @param places where the files of its mounts are on the host
  /// @param release gives the mount back
  ContainerArchive(
      Container container,
      Path root,
      IdMap ids,
      Function<MountPoint, Path> places,
      Release release) {
    this.ids = ids;
    this.container = container;
    this.root = root;
    this.places = places;
    this.release = release;
  }

  /// A path and where it begins to count from. `mount` is empty outside of mounts.
  private record Place(Path root, String path, Optional<MountPoint> mount) {}

  private Place place(String path) {
    String absolute = path.startsWith("/") ? path : "/" + path;
    Path clean = Path.of(absolute).normalize();
    Optional<MountPoint> mount =
        container.mounts().stream()
            .filter(m -> clean.startsWith(m.destination()))
            .max(Comparator.comparingInt(m -> m.destination().length()));
    if (mount.isEmpty() || container.state().alive()) {
      return new Place(root, absolute, mount);
    }
    Path source = places.apply(mount.get());
    String rest = clean.toString().substring(mount.get().destination().length());
    if (rest.isEmpty() && !java.nio.file.Files.isDirectory(source)) {
      Path parent = source.getParent() == null ? Path.of("/") : source.getParent();
      return new Place(parent, "/" + source.getFileName(), mount);
    }
    boolean directory = absolute.endsWith("/") || absolute.endsWith("/.");
    return new Place(source, rest.isEmpty() ? "/" : directory ? rest + "/" : rest, mount);
  }

  private GraftException missing(String path, String given) {
    return GraftException.notFound("Could not find the file " + path + " in container " + given);
  }

  /// What is at a path, its name as the path has it, a link's target absolute; NOT_FOUND if
  /// nothing.
  ///
  /// @param given the words of the user for the container
  public FileStat stat(String path, String given) throws IOException {
    Place at = place(path);
    try (RootFiles files = RootFiles.open(at.root(), ids)) {
      FileStat s = files.stat(at.path()).orElseThrow(() -> missing(path, given));
      return new FileStat(
          nameOf(path, s.name()),
          s.size(),
          s.mode(),
          s.uid(),
          s.gid(),
          s.mtime(),
          (s.mode() & TYPE) == LINK ? absolute(path, s.link()) : "",
          s.isWhiteout());
    }
  }

  private static String nameOf(String path, String otherwise) {
    if (contents(path)) {
      return ".";
    }
    Path last = Path.of(path).normalize().getFileName();
    return last == null || last.toString().isEmpty() ? otherwise : last.toString();
  }

  private static String absolute(String path, String link) {
    if (link.startsWith("/")) {
      return link;
    }
    Path parent = Path.of("/" + path).normalize().getParent();
    return (parent == null ? Path.of("/") : parent).resolve(link).normalize().toString();
  }

  /// Whether what is in a directory is meant, and not the directory: its tar begins with `.`.
  private static boolean contents(String path) {
    return path.equals(".") || path.endsWith("/.");
  }

  /// A path and what is below it, as a tar.
  public void write(String path, String given, OutputStream out) throws IOException {
    Place at = place(path);
    try (RootFiles files = RootFiles.open(at.root(), ids)) {
      if (files.stat(at.path()).isEmpty()) {
        throw missing(path, given);
      }
      if (contents(path)) {
        files.writeContents(at.path(), out);
      } else {
        files.writeTar(at.path(), out);
      }
    }
  }

  /// Unpacks a plain tar into a directory.
  ///
  /// @param keepKind refuse to put a file in the place of a directory or the other way round
  /// @param owned everything shall belong to the container's user, if it has one
  public void read(String path, String given, InputStream tar, boolean keepKind, boolean owned)
      throws IOException {
    Place at = place(path);
    if (at.mount().isPresent() && !at.mount().get().writable()) {
      throw GraftException.invalid("mounted volume is marked read-only");
    }
    if (at.mount().isEmpty() && container.spec().run().readonlyRoot()) {
      throw GraftException.invalid("container rootfs is marked read-only");
    }
    try (RootFiles files = RootFiles.open(at.root(), ids)) {
      String directory = at.path().endsWith("/") ? at.path() : at.path() + "/";
      if (files.stat(directory).filter(FileStat::isDirectory).isEmpty()) {
        if (files.stat(at.path()).isEmpty()) {
          throw missing(path, given);
        }
        throw GraftException.invalid("extraction point is not a directory");
      }
      files.extract(at.path(), tar, keepKind, owned ? owner() : Optional.empty());
    }
  }

  private Optional<int[]> owner() throws IOException {
    String user = container.spec().run().process().user();
    if (user.isEmpty()) {
      return Optional.empty();
    }
    Users.Identity who = Users.in(root).find(user, List.of());
    return Optional.of(new int[] {(int) who.uid(), (int) who.gid()});
  }

  @Override
  public void close() throws IOException {
    release.run();
  }
}
