package graft.snapshot;

import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// Files of a container or an image by path, from outside. The root is a directory that a hostile
/// process may be changing at the same time: every path is resolved by the kernel, once, below an
/// open root (openat2 with RESOLVE_IN_ROOT), and what was opened is what is used.
public final class RootFiles implements AutoCloseable {
  private static final long INSIDE = LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS;

  /// As the kernel's own limit of a walk.
  private static final int MOST_LINKS = 40;

  private final Fd root;

  private final IdMap ids;

  private RootFiles(Fd root, IdMap ids) {
    this.root = root;
    this.ids = ids;
  }

  /// `root` may be `/proc/PID/root`, which shows a container's own mounts.
  public static RootFiles open(Path root) throws IOException {
    return open(root, IdMap.IDENTITY);
  }

  /// Of a container in a user namespace: tars have the ids inside.
  public static RootFiles open(Path root, IdMap ids) throws IOException {
    return new RootFiles(LinuxFiles.open(root.toString(), LinuxFiles.O_DIRECTORY), ids);
  }

  /// What is at a path. `link` is the target of a symbolic link as it stands, else empty; a
  /// whiteout is only met when a layer is looked at alone.
  public record FileStat(
      String name,
      long size,
      int mode,
      int uid,
      int gid,
      Instant mtime,
      String link,
      boolean isWhiteout) {
    public boolean isDirectory() {
      return (mode & Stat.TYPE) == Stat.DIRECTORY;
    }
  }

  /// Where a path leads: its parent, opened, and its last element, which is empty for the root.
  private record Place(Fd parent, String name) implements AutoCloseable {
    byte[] bytes() {
      return name.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      parent.close();
    }
  }

  /// The parent is followed through links, the last element is not, unless the path ends in `/` or
  /// `/.`, which asks for the directory behind it.
  private Place place(String path) throws IOException {
    String p = path;
    boolean follow = p.endsWith("/") || p.endsWith("/.");
    while (p.endsWith("/") || p.endsWith("/.")) {
      p = p.substring(0, p.length() - (p.endsWith("/.") ? 2 : 1));
    }
    while (p.startsWith("/")) {
      p = p.substring(1);
    }
    if (p.isEmpty() || p.equals(".")) {
      return new Place(dir("."), "");
    }
    if (p.endsWith("/..") || p.equals("..")) {
      return new Place(dir(p), "");
    }
    if (follow) {
      return new Place(dir(p), "");
    }
    int slash = p.lastIndexOf('/');
    return new Place(dir(slash < 0 ? "." : p.substring(0, slash)), p.substring(slash + 1));
  }

  private Fd dir(String path) throws IOException {
    return LinuxFiles.openat2(
        root.number(), path.getBytes(StandardCharsets.UTF_8), LinuxFiles.O_DIRECTORY, 0, INSIDE);
  }

  private static String baseName(String path) {
    String p = path;
    while (p.length() > 1 && (p.endsWith("/") || p.endsWith("/."))) {
      p = p.substring(0, p.length() - (p.endsWith("/.") ? 2 : 1));
    }
    String last = p.substring(p.lastIndexOf('/') + 1);
    return last.isEmpty() || last.equals("..") ? "/" : last;
  }

  /// What is at a path, or empty.
  public Optional<FileStat> stat(String path) throws IOException {
    try (Place at = place(path)) {
      Stat s = LinuxFiles.stat(at.parent().number(), at.bytes());
      String link =
          s.type() == Stat.LINK
              ? new String(
                  LinuxFiles.readlinkat(at.parent().number(), at.bytes()), StandardCharsets.UTF_8)
              : "";
      return Optional.of(
          new FileStat(
              baseName(path),
              s.size(),
              s.mode(),
              s.uid(),
              s.gid(),
              Instant.ofEpochSecond(s.mtimeSeconds(), s.mtimeNanos()),
              link,
              s.isWhiteout()));
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// The same place without symbolic links on the way (the last element is not followed), so that
  /// it can be looked for in the layers one by one. Empty if the way there is not.
  public Optional<String> canonical(String path) throws IOException {
    try (Place at = place(path)) {
      Path above = Path.of(root.path()).toRealPath();
      Path parent = Path.of(at.parent().path()).toRealPath();
      return Optional.of("/" + above.relativize(parent.resolve(at.name())));
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Whether a layer that is looked at alone hides what those below it have in this directory.
  public boolean isOpaque(String path) throws IOException {
    try (Fd directory = dir(relative(path))) {
      return Xattrs.get(directory.number(), new byte[] {'.'}, Xattrs.OPAQUE).isPresent();
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return false;
      }
      throw e;
    }
  }

  /// The names in a directory, sorted; NOT_FOUND or INVALID if it is none.
  public java.util.List<String> list(String path) throws IOException {
    try (Fd d = dir(relative(path))) {
      return LinuxFiles.list(d).stream()
          .map(n -> new String(n, StandardCharsets.UTF_8))
          .sorted()
          .toList();
    } catch (LinuxException e) {
      throw missing(path, e);
    }
  }

  private static String relative(String path) {
    String p = path;
    while (p.startsWith("/")) {
      p = p.substring(1);
    }
    return p.isEmpty() ? "." : p;
  }

  private static GraftException missing(String path, LinuxException e) {
    return e.errno() == Errno.ENOTDIR
        ? GraftException.invalid(path + " is not a directory")
        : GraftException.notFound("there is no " + path + " in it");
  }

  /// The bytes of a regular file, links followed.
  public InputStream read(String path) throws IOException {
    try (Fd file =
        LinuxFiles.openat2(
            root.number(),
            relative(path).getBytes(StandardCharsets.UTF_8),
            LinuxFiles.O_RDONLY | LinuxFiles.O_NONBLOCK,
            0,
            INSIDE)) {
      if (LinuxFiles.stat(file.number(), new byte[0]).type() != Stat.FILE) {
        throw GraftException.invalid(path + " is not a regular file");
      }
      return java.nio.file.Files.newInputStream(Path.of(file.path()));
    } catch (LinuxException e) {
      throw missing(path, e);
    }
  }

  /// Writes a directory and what is below it as a tar of `.` and `./…`.
  public void writeContents(String path, OutputStream out) throws IOException {
    try (Place at = place(path.endsWith("/") ? path : path + "/");
        TarWriter tar = new TarWriter(out)) {
      new TreeReader(tar, TreeReader.Form.PLAIN).write(at.parent(), new byte[] {'.'}, Name.of("."));
    } catch (LinuxException e) {
      throw missing(path, e);
    }
  }

  /// Writes a path and what is below it as a tar whose names begin with its last element.
  public void writeTar(String path, OutputStream out) throws IOException {
    try (Place at = place(path);
        TarWriter tar = new TarWriter(out)) {
      TreeReader reader = new TreeReader(tar, TreeReader.Form.PLAIN, ids);
      if (at.name().isEmpty()) {
        String base = baseName(path);
        Name name = base.equals("/") ? Name.EMPTY : Name.of(base);
        reader.write(at.parent(), new byte[] {'.'}, name);
      } else {
        reader.write(at.parent(), at.bytes(), Name.of(at.name()));
      }
    } catch (LinuxException e) {
      throw missing(path, e);
    }
  }

  /// Unpacks a tar into a directory, which must be there.
  ///
  /// @param keepKind refuse to put a file in the place of a directory or the other way round
  /// @param owner uid and gid for everything, instead of those in the tar
  public void extract(String path, InputStream tar, boolean keepKind, Optional<int[]> owner)
      throws IOException {
    try (Fd target = dir(relative(path));
        TreeWriter writer =
            TreeWriter.into(target, keepKind ? TreeWriter.Kinds.KEEP : TreeWriter.Kinds.ANY, ids)) {
      TarReader reader = new TarReader(tar, Limits.DEFAULT, TarReader.Recorder.NONE);
      Optional<TarEntry> entry = reader.next();
      while (entry.isPresent()) {
        TarEntry e = entry.get();
        writer.write(owner.isPresent() ? withOwner(e, owner.get()) : e, reader);
        entry = reader.next();
      }
      writer.finish();
    } catch (LinuxException e) {
      if (e.errno() == Errno.EROFS) {
        throw GraftException.invalid("mounted volume is marked read-only");
      }
      throw e;
    }
  }

  private static TarEntry withOwner(TarEntry e, int[] owner) {
    return new TarEntry(
        e.path(),
        e.type(),
        e.mode(),
        owner[0],
        owner[1],
        e.size(),
        e.mtime(),
        e.linkTarget(),
        e.deviceMajor(),
        e.deviceMinor(),
        e.xattrs());
  }

  /// Makes a directory and those above it, root:root 0755 where they are missing; a link in the way
  /// is followed inside the root, and what it leads to is made as well.
  public void makeDirectories(String path) throws IOException {
    makeDirectories(path, MOST_LINKS);
  }

  private void makeDirectories(String path, int links) throws IOException {
    StringBuilder at = new StringBuilder(".");
    for (String element : path.split("/")) {
      if (element.isEmpty() || element.equals(".")) {
        continue;
      }
      byte[] name = element.getBytes(StandardCharsets.UTF_8);
      try (Fd parent = dir(at.toString())) {
        try {
          LinuxFiles.mkdirat(parent.number(), name, 0755);
          if (!ids.isIdentity()) {
            LinuxFiles.chownat(
                parent.number(), name, (int) ids.uidOutside(0), (int) ids.gidOutside(0));
          }
        } catch (LinuxException e) {
          if (e.errno() != Errno.EEXIST) {
            throw e;
          }
          if (LinuxFiles.stat(parent.number(), name).type() == Stat.LINK) {
            if (links == 0) {
              throw GraftException.invalid("too many levels of symbolic links at " + path);
            }
            String to =
                new String(LinuxFiles.readlinkat(parent.number(), name), StandardCharsets.UTF_8);
            makeDirectories(to.startsWith("/") ? to : at + "/" + to, links - 1);
          }
        }
      }
      at.append('/').append(element);
    }
    dir(at.toString()).close();
  }

  /// Copies what is in a directory, with all attributes, into a directory of the host; the target
  /// takes the attributes of the source. False if there is no such directory.
  public boolean copyInto(String path, Path target) throws IOException {
    try (Fd from = dir(relative(path))) {
      Stat s = LinuxFiles.stat(from.number(), new byte[0]);
      try (Fd to = LinuxFiles.open(target.toString(), LinuxFiles.O_DIRECTORY)) {
        TreeCopy.copy(from, to);
        LinuxFiles.chown(to, s.uid(), s.gid());
        LinuxFiles.chmod(to, s.permissions());
        LinuxFiles.utimens(to, s.mtimeSeconds(), s.mtimeNanos());
      }
      return true;
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    root.close();
  }
}
