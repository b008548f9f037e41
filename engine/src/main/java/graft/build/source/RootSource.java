package graft.build.source;

import graft.layer.TarEntry.Name;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The files below a directory of this machine: a view of a stage or an image.
public final class RootSource implements FileSource {
  private static final long INSIDE = LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS;

  private final Fd root;
  private final Closeables owned;

  /// What goes with it.
  public interface Closeables {
    void close() throws IOException;
  }

  private RootSource(Fd root, Closeables owned) {
    this.root = root;
    this.owned = owned;
  }

  public static RootSource open(Path root, Closeables owned) throws IOException {
    return new RootSource(LinuxFiles.open(root.toString(), LinuxFiles.O_DIRECTORY), owned);
  }

  private Fd at(String path, int flags) throws IOException {
    String p = path.isEmpty() ? "." : path;
    return LinuxFiles.openat2(root.number(), p.getBytes(StandardCharsets.UTF_8), flags, 0, INSIDE);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  private static byte[] name(String path) {
    return path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Optional<Node> stat(String path) throws IOException {
    try (Fd parent = at(parent(path), LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH)) {
      byte[] name = name(path);
      Stat s = LinuxFiles.stat(parent.number(), name);
      Kind kind =
          switch (s.type()) {
            case Stat.FILE -> Kind.FILE;
            case Stat.DIRECTORY -> Kind.DIRECTORY;
            case Stat.LINK -> Kind.SYMLINK;
            case Stat.CHAR -> Kind.CHAR;
            case Stat.BLOCK -> Kind.BLOCK;
            default -> Kind.FIFO;
          };
      String link =
          kind == Kind.SYMLINK
              ? new String(LinuxFiles.readlinkat(parent.number(), name), StandardCharsets.UTF_8)
              : "";
      return Optional.of(
          new Node(
              kind,
              s.permissions(),
              s.uid() & 0xffffffffL,
              s.gid() & 0xffffffffL,
              kind == Kind.FILE ? s.size() : 0,
              Instant.ofEpochSecond(s.mtimeSeconds(), s.mtimeNanos()),
              link,
              xattrs(parent, path.isEmpty() ? new byte[] {'.'} : name),
              s.rdevMajor(),
              s.rdevMinor(),
              kind == Kind.FILE && s.links() > 1
                  ? s.deviceMajor() + ":" + s.deviceMinor() + ":" + s.inode()
                  : "",
              ""));
    } catch (LinuxException e) {
      if (e.isMissing()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Map<String, Name> xattrs(Fd parent, byte[] name) throws IOException {
    Map<String, Name> all = new HashMap<>();
    Xattrs.all(parent.number(), name)
        .forEach((key, value) -> {
          if (key.startsWith("user.") && !key.startsWith("user.overlay.")
              || key.equals("security.capability")) {
            all.put(key, Name.of(value));
          }
        });
    return all;
  }

  @Override
  public List<String> list(String directory) throws IOException {
    try (Fd open = at(directory, LinuxFiles.O_DIRECTORY)) {
      return LinuxFiles.list(open).stream()
          .map(n -> new String(n, StandardCharsets.UTF_8))
          .sorted()
          .toList();
    }
  }

  @Override
  public InputStream open(String path) throws IOException {
    // Not following: what was a file a moment ago is one now, in a view that nobody writes.
    try (Fd file = at(path, LinuxFiles.O_RDONLY | LinuxFiles.O_NONBLOCK | LinuxFiles.O_NOFOLLOW)) {
      return Files.newInputStream(Path.of(file.path()));
    }
  }

  @Override
  public void close() throws IOException {
    root.close();
    owned.close();
  }
}
