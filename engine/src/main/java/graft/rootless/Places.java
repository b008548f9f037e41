package graft.rootless;

import graft.error.GraftException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;

/// Where an engine has its things if nobody says otherwise: root's in the system's directories, a
/// user's in their own (XDG Base Directory Specification 0.8).
///
/// @param config the directory of `daemon.json` and certificates
public record Places(Path data, Path run, Path socket, Path config) {
  /// In the environment of an engine in its user namespace: who started it.
  static final String STARTED_BY = "GRAFT_ROOTLESS_USER";

  public static final Places ROOT =
      new Places(
          Path.of("/var/lib/graft"),
          Path.of("/run/graft"),
          Path.of("/run/graft.sock"),
          Path.of("/etc/graft"));

  /// Those of whoever runs this program.
  public static Places own() {
    return of(user(), System.getenv(), Places::usual);
  }

  /// Whether this is an engine in a user namespace that Graft made for it.
  public static boolean rootless() {
    return System.getenv().containsKey(STARTED_BY);
  }

  /// Who runs this program, as the machine numbers its users.
  static long user() {
    String mark = System.getenv().getOrDefault(STARTED_BY, "");
    return mark.matches("[0-9]{1,10}") ? Long.parseLong(mark) : effective("Uid:");
  }

  /// The effective id of this process, of a line of `/proc/self/status`.
  static long effective(String line) {
    try {
      for (String one : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (one.startsWith(line)) {
          return Long.parseLong(one.split("\\s+")[2]);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("find out who runs this program", e);
    }
    throw new IllegalStateException("/proc/self/status has no line " + line);
  }

  /// @param usual the directory of a user for what ends with the session, where the environment
  ///   names none
  static Places of(long user, Map<String, String> environment, LongFunction<Path> usual) {
    if (user == 0) {
      return ROOT;
    }
    Path home = Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")));
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    // After `su` it may be another's.
    boolean good = runtime.startsWith("/") && belongs(Path.of(runtime), user);
    Path run = good ? Path.of(runtime) : usual.apply(user);
    return new Places(
        xdg(environment, "XDG_DATA_HOME", home.resolve(".local/share")).resolve("graft"),
        run.resolve("graft"),
        run.resolve("graft.sock"),
        xdg(environment, "XDG_CONFIG_HOME", home.resolve(".config")).resolve("graft"));
  }

  private static Path xdg(Map<String, String> environment, String name, Path otherwise) {
    String value = environment.getOrDefault(name, "");
    return value.startsWith("/") ? Path.of(value) : otherwise;
  }

  /// `/run/user/UID`, which systemd makes at a login; without one a directory in /tmp, that nobody
  /// else may have made before.
  private static Path usual(long user) {
    Path session = Path.of("/run/user/" + user);
    if (belongs(session, user)) {
      return session;
    }
    Path own = Path.of("/tmp/graft-" + user);
    if (Files.exists(own, LinkOption.NOFOLLOW_LINKS) && !belongs(own, user)) {
      throw new GraftException(
          GraftException.Kind.FORBIDDEN,
          own
              + " is another user's: have it removed, or set XDG_RUNTIME_DIR to a directory of yours");
    }
    return own;
  }

  private static boolean belongs(Path directory, long user) {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    long owner = owner(directory);
    // Inside the namespace we are its root.
    return owner == (rootless() ? 0 : user);
  }

  private static long owner(Path path) {
    try {
      return ((Integer) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS))
          & 0xffffffffL;
    } catch (IOException e) {
      throw new UncheckedIOException("look at " + path, e);
    }
  }

  /// Makes a directory if it is not there, and closes it to others.
  static void make(Path directory) throws IOException {
    Set<PosixFilePermission> closed = PosixFilePermissions.fromString("rwx------");
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(closed));
    Files.setPosixFilePermissions(directory, closed);
  }
}
