package graft.runtime;

import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Finds the program of a command as a shell would, in a container's root directory, and without
/// leaving it: every path and link is walked by the kernel as if that directory were `/`.
final class ProgramSearch {
  private static final byte[] SELF = {};
  private static final int ANY_EXECUTE = 0111;

  /// What a search came to.
  sealed interface Found {
    /// To be executed under this path.
    record Program(String path) implements Found {}

    /// In the words of runtimes: `exec: "x": executable file not found in $PATH`.
    record Nothing(String reason) implements Found {}

    /// The container itself would have to be asked: a path of it leads through `/proc` to something
    /// that is another thing for each process, or cannot be walked from here.
    record Unclear() implements Found {}
  }

  private final Fd root;

  /// @param root open, of the container's mount namespace
  ProgramSearch(Fd root) {
    this.root = root;
  }

  /// @param path the variable PATH; empty if there is none
  Found find(String command, String path, String cwd) throws IOException {
    if (command.contains("/")) {
      int errno = look(command, cwd);
      return switch (errno) {
        case 0 -> new Found.Program(command);
        case Errno.EISDIR -> nothing(command, "is a directory: permission denied");
        case Errno.EACCES -> nothing(command, "permission denied");
        case Errno.ENOENT, Errno.ENOTDIR ->
            nothing(command, "stat " + command + ": " + Errno.text(errno));
        default -> new Found.Unclear();
      };
    }
    boolean unclear = false;
    for (String directory : path.split(":", -1)) {
      if (!directory.startsWith("/")) {
        // A program found relative to where one stands is refused by runtimes, with a text.
        return new Found.Unclear();
      }
      String candidate = directory.endsWith("/") ? directory + command : directory + "/" + command;
      switch (look(candidate, cwd)) {
        case 0 -> {
          return unclear ? new Found.Unclear() : new Found.Program(candidate);
        }
        case Errno.EISDIR, Errno.EACCES, Errno.ENOENT, Errno.ENOTDIR -> {}
        default -> unclear = true;
      }
    }
    return unclear ? new Found.Unclear() : nothing(command, "executable file not found in $PATH");
  }

  private static Found nothing(String command, String why) {
    return new Found.Nothing("exec: \"" + command + "\": " + why);
  }

  /// Whether a directory is there: 0, or the error of going to it.
  int directory(String path) throws IOException {
    try (Fd directory = open(path)) {
      return LinuxFiles.stat(directory.number(), SELF).isDirectory() ? 0 : Errno.ENOTDIR;
    } catch (LinuxException e) {
      return e.errno();
    }
  }

  /// 0, or what keeps the file from being executed.
  private int look(String path, String cwd) throws IOException {
    try (Fd file = open(path.startsWith("/") ? path : cwd + "/" + path)) {
      LinuxFiles.Stat stat = LinuxFiles.stat(file.number(), SELF);
      if (stat.isDirectory()) {
        return Errno.EISDIR;
      }
      return (stat.permissions() & ANY_EXECUTE) == 0 ? Errno.EACCES : 0;
    } catch (LinuxException e) {
      return e.errno();
    }
  }

  private Fd open(String path) throws LinuxException {
    return LinuxFiles.openat2(
        root.number(),
        path.getBytes(StandardCharsets.UTF_8),
        LinuxFiles.O_PATH,
        0,
        LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS);
  }
}
