package graft.docker.http;

import graft.error.GraftException;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import org.jspecify.annotations.Nullable;

/// The file of a unix socket. The server binds another name first; it gets its own when it listens
/// and only those may use it who should. A leftover of an engine that was killed is replaced by
/// that; the socket of one that lives is not, nor is anything else.
final class SocketFile {
  private final Path path;
  private final Path unfinished;
  private final Access access;
  private @Nullable Object key;

  private SocketFile(Path path, Access access) {
    this.path = path;
    this.unfinished = path.resolveSibling(path.getFileName() + "~");
    this.access = access;
  }

  /// Makes room, or refuses.
  static SocketFile prepare(Path socket, Access access) throws IOException {
    Path path = socket.toAbsolutePath();
    Path parent = path.getParent();
    if (parent == null || path.getFileName() == null) {
      throw refusal(path, "it is no file's name");
    }
    SocketFile file = new SocketFile(path, access);
    if (path.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 106) {
      throw refusal(path, "the path of a socket has at most 106 bytes; choose a shorter one");
    }
    Files.createDirectories(parent);
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      BasicFileAttributes there =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!there.isOther()) {
        throw refusal(path, "something that is no socket is there; move it away");
      }
      if (answers(path)) {
        throw refusal(
            path, "another engine is listening there; stop it, or give this one another --host");
      }
    }
    Files.deleteIfExists(file.unfinished);
    return file;
  }

  /// What to bind.
  Path unfinished() {
    return unfinished;
  }

  /// The socket listens: those who may use it are let in, and it gets its name.
  void publish() throws IOException {
    boolean alone = access instanceof Access.Owner;
    Files.setPosixFilePermissions(
        unfinished, PosixFilePermissions.fromString(alone ? "rw-------" : "rw-rw----"));
    switch (access) {
      case Access.Owner _ -> {}
      case Access.Group named -> setGroup(named.name());
      case Access.Usual _ -> {
        try {
          setGroup("graft");
        } catch (GraftException e) {
          // No such group, or not root: the socket stays the user's own.
        }
      }
    }
    key = key(unfinished);
    Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
  }

  private void setGroup(String name) throws IOException {
    try {
      GroupPrincipal group =
          path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(name);
      Files.getFileAttributeView(unfinished, PosixFileAttributeView.class).setGroup(group);
    } catch (UserPrincipalNotFoundException e) {
      throw refusal(
          path,
          "there is no group \""
              + name
              + "\" to give it to (--group); make it with 'groupadd "
              + name
              + "', or name another");
    } catch (FileSystemException e) {
      throw refusal(path, "it cannot be given to the group \"" + name + "\": " + e.getReason());
    }
  }

  /// Takes the name away, unless it has become another's.
  void remove() throws IOException {
    if (key != null && Files.exists(path) && key.equals(key(path))) {
      Files.delete(path);
    }
  }

  private static @Nullable Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private static boolean answers(Path path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return channel.connect(UnixDomainSocketAddress.of(path));
    } catch (SocketException e) {
      return false;
    }
  }

  private static GraftException refusal(Path path, String why) {
    return GraftException.invalid("cannot listen on unix://" + path + ": " + why);
  }
}
