package graft.network;

import graft.error.GraftException;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/// An engine's claim to the name of its default bridge. Two that have the same one would give out
/// the same addresses, write the same firewall table, and each take the other's links for leftovers
/// of a former engine's.
///
/// It is a flock(2) on a file that root alone can open. The link itself can be no evidence: it is
/// made when the first container needs it, and what stands after an engine was killed is what the
/// next one takes over. Nor can a name in a space where every user can take one, such as that of
/// abstract sockets: then anybody, a container on the host's network too, could keep engines from
/// starting. A lock ends with its process however that ends; the file only says who has it, and
/// what is left of one that was killed the next one that starts takes away. Files are named by the
/// network namespace too, of which each has bridges of its own; and the directory is locked for as
/// long as one of them is made or removed.
final class BridgeClaim implements Closeable {
  private static final Path DIRECTORY = Path.of("/run/graft-bridges");

  private final @Nullable Fd lock;
  private final Path file;

  private BridgeClaim(@Nullable Fd lock, Path file) {
    this.lock = lock;
    this.file = file;
  }

  /// FORBIDDEN if another engine has the name. Where nothing can be written below `/run` there is
  /// no claim: that is a rootless engine, whose namespace nobody else has.
  static BridgeClaim take(Networks.Config config) throws IOException {
    Path space = config.namespace().orElse(Path.of("/proc/self/ns/net"));
    Path file = DIRECTORY.resolve(config.bridge() + "@" + Files.getAttribute(space, "unix:ino"));
    if (!made(DIRECTORY)) {
      return new BridgeClaim(null, file);
    }
    try (Fd _ = lockedDirectory()) {
      sweep();
      Fd fd = open(file, LinuxFiles.O_RDWR | LinuxFiles.O_CREAT);
      try {
        if (!LinuxFiles.tryLock(fd)) {
          throw new GraftException(
              GraftException.Kind.FORBIDDEN, refusal(config.bridge(), Files.readString(file)));
        }
        Files.writeString(
            file,
            "process "
                + ProcessHandle.current().pid()
                + " with the run directory "
                + config.run().toAbsolutePath());
        return new BridgeClaim(fd, file);
      } catch (IOException | RuntimeException e) {
        fd.close();
        throw e;
      }
    }
  }

  /// Whether a directory is there, and this process may write in it.
  private static boolean made(Path directory) throws IOException {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (FileSystemException e) {
      return false;
    }
    return Files.isWritable(directory);
  }

  private static Fd lockedDirectory() throws IOException {
    Fd directory = open(DIRECTORY, LinuxFiles.O_RDONLY | LinuxFiles.O_DIRECTORY);
    try {
      LinuxFiles.lock(directory);
      return directory;
    } catch (IOException e) {
      directory.close();
      throw e;
    }
  }

  private static Fd open(Path path, int flags) throws IOException {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    int all = flags | LinuxFiles.O_NOFOLLOW | LinuxFiles.O_CLOEXEC;
    return LinuxFiles.openat(LinuxFiles.AT_FDCWD, name, all, 0600);
  }

  /// Removes the files of claims that have ended.
  private static void sweep() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(DIRECTORY)) {
      for (Path file : files) {
        try (Fd fd = open(file, LinuxFiles.O_RDONLY)) {
          if (LinuxFiles.tryLock(fd)) {
            Files.delete(file);
          }
        }
      }
    }
  }

  private static String refusal(String bridge, String holder) {
    return "the bridge "
        + bridge
        + " is that of another engine, "
        + holder
        + ": give this one a bridge of its own with --bridge NAME (in daemon.json \"bridge\")";
  }

  /// The name is free again. The link stays, with the containers that are on it.
  @Override
  public void close() throws IOException {
    if (lock == null) {
      return;
    }
    try (lock;
        Fd _ = lockedDirectory()) {
      Files.deleteIfExists(file);
    }
  }
}
