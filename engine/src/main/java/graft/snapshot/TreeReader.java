package graft.snapshot;

import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.IdMap;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.UserNamespace;
import graft.linux.Xattrs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Walks a directory tree by file descriptors, in the order of the bytes of the names, and writes
/// it as a tar. It follows no symbolic link, reads each file through the descriptor it looked at,
/// and does not mind files that come and go meanwhile.
final class TreeReader {
  /// What is read.
  enum Form {
    /// The upper of an overlay: whiteouts and opaque directories become `.wh.` entries, attributes
    /// of overlayfs are left out.
    UPPER,
    /// Files as they are.
    PLAIN
  }

  /// What lies under an upper.
  interface Below {
    boolean has(Name path) throws IOException;
  }

  private static final String CAPABILITY = "security.capability";

  private record Inode(int major, int minor, long number) {}

  private final TarWriter out;
  private final Form form;
  private final IdMap ids;
  private final Below below;

  /// The first name of each file that has several.
  private final Map<Inode, Name> links = new HashMap<>();

  private static final String OVERLAY = UserNamespace.own().overlayPrefix();

  TreeReader(TarWriter out, Form form) {
    this(out, form, IdMap.IDENTITY);
  }

  /// @param ids what is written are the ids inside
  TreeReader(TarWriter out, Form form, IdMap ids) {
    this(out, form, ids, _ -> true);
  }

  /// @param below what the layers under an upper have; an opaque directory that hides nothing of
  ///   them is not marked
  TreeReader(TarWriter out, Form form, IdMap ids, Below below) {
    this.out = out;
    this.form = form;
    this.ids = ids;
    this.below = below;
  }

  /// Writes everything below an open directory, whose own place in the tar is `path`.
  void writeBelow(Fd dir, Name path) throws IOException {
    if (form == Form.UPPER
        && !path.isEmpty()
        && Xattrs.get(dir.number(), new byte[] {'.'}, Xattrs.OPAQUE)
            .filter(v -> Arrays.equals(v, new byte[] {'y'}))
            .isPresent()
        && below.has(path)) {
      out.write(mark(path.child(Name.of(".wh..wh..opq"))));
    }
    List<byte[]> names = LinuxFiles.list(dir);
    names.sort(Arrays::compareUnsigned);
    for (byte[] name : names) {
      try {
        write(dir, name, path.child(Name.of(name)));
      } catch (LinuxException e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
  }

  private static TarEntry mark(Name path) {
    return new TarEntry(path, Type.FILE, 0, 0, 0, 0, Instant.EPOCH, Name.EMPTY, 0, 0, Map.of());
  }

  /// Writes one name of an open directory, and what is below it.
  void write(Fd dir, byte[] name, Name path) throws IOException {
    Stat s = LinuxFiles.stat(dir.number(), name);
    if (form == Form.UPPER && s.isWhiteout()) {
      out.write(mark(path.parent().child(Name.of(concat(".wh.".getBytes(UTF), name)))));
      return;
    }
    switch (s.type()) {
      case Stat.DIRECTORY -> {
        out.write(entry(dir, name, path, s, Type.DIRECTORY, Name.EMPTY));
        try (Fd below =
            LinuxFiles.openat(
                dir.number(), name, LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0)) {
          writeBelow(below, path);
        }
      }
      case Stat.FILE -> file(dir, name, path, s);
      case Stat.LINK ->
          out.write(
              entry(
                  dir,
                  name,
                  path,
                  s,
                  Type.SYMLINK,
                  Name.of(LinuxFiles.readlinkat(dir.number(), name))));
      case Stat.CHAR -> out.write(entry(dir, name, path, s, Type.CHAR, Name.EMPTY));
      case Stat.BLOCK -> out.write(entry(dir, name, path, s, Type.BLOCK, Name.EMPTY));
      case Stat.FIFO -> out.write(entry(dir, name, path, s, Type.FIFO, Name.EMPTY));
      default -> {
        // A socket has no meaning without the process that listens.
      }
    }
  }

  private static final java.nio.charset.Charset UTF = java.nio.charset.StandardCharsets.UTF_8;

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  private void file(Fd dir, byte[] name, Name path, Stat seen) throws IOException {
    if (seen.links() > 1) {
      Inode inode = new Inode(seen.deviceMajor(), seen.deviceMinor(), seen.inode());
      Name first = links.putIfAbsent(inode, path);
      if (first != null) {
        out.write(entry(dir, name, path, seen, Type.HARDLINK, first));
        return;
      }
    }
    try (Fd file =
        LinuxFiles.openat(
            dir.number(),
            name,
            LinuxFiles.O_RDONLY | LinuxFiles.O_NOFOLLOW | LinuxFiles.O_NONBLOCK,
            0)) {
      Stat s = LinuxFiles.stat(file.number(), new byte[0]);
      if (s.type() != Stat.FILE) {
        return;
      }
      try (InputStream in = Files.newInputStream(Path.of(file.path()))) {
        out.write(entry(dir, name, path, s, Type.FILE, Name.EMPTY), in);
      }
    }
  }

  /// Of a file whose capabilities were given in a user namespace without the root of that, which is
  /// version 3 of the attribute: version 2, which is for root wherever the image will be. Source:
  /// linux/capability.h.
  private byte[] plainCapability(byte[] value) {
    if (ids.isIdentity() || value.length != 24 || value[3] != 3) {
      return value;
    }
    byte[] plain = Arrays.copyOf(value, 20);
    plain[3] = 2;
    return plain;
  }

  private TarEntry entry(Fd dir, byte[] name, Name path, Stat s, Type type, Name link)
      throws IOException {
    Map<String, Name> xattrs = new HashMap<>();
    if (type != Type.HARDLINK) {
      Xattrs.all(dir.number(), name)
          .forEach((key, value) -> {
            boolean ours = key.startsWith(OVERLAY);
            // SELinux labels are the host's, ACLs of NFS and the like are not portable.
            if (!ours && (key.startsWith("user.") || key.equals(CAPABILITY))) {
              xattrs.put(key, Name.of(key.equals(CAPABILITY) ? plainCapability(value) : value));
            }
          });
    }
    return new TarEntry(
        path,
        type,
        s.permissions(),
        ids.uidInside(s.uid() & 0xffffffffL),
        ids.gidInside(s.gid() & 0xffffffffL),
        type == Type.FILE ? s.size() : 0,
        Instant.ofEpochSecond(s.mtimeSeconds(), s.mtimeNanos()),
        link,
        s.rdevMajor(),
        s.rdevMinor(),
        xattrs);
  }
}
