package graft.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// User namespaces that live as long as a bind mount of them, and network namespaces that belong to
/// them.
///
/// A process with several threads may neither make nor enter one, and the JVM has always several.
/// So util-linux' `unshare` makes it and waits in it until it has its mapping and its name.
public final class UserNamespaces {
  private UserNamespaces() {}

  private interface Held {
    void use(Path namespaces) throws IOException;
  }

  /// Makes a namespace with this mapping, and binds it to the file `at`.
  public static void create(IdMap ids, Path at) throws IOException {
    holding(
        List.of("unshare", "--user"),
        ns -> {
          Path process = ns.resolveSibling("");
          Files.writeString(process.resolve("uid_map"), IdMap.lines(ids.uids()));
          Files.writeString(process.resolve("gid_map"), IdMap.lines(ids.gids()));
          bind(ns.resolve("user"), at);
        });
  }

  /// Makes a network namespace that belongs to a user namespace, and binds it to the file `at`.
  static void createNetwork(Path user, Path at) throws IOException {
    holding(
        List.of("nsenter", "--user=" + user, "unshare", "--net"),
        ns -> bind(ns.resolve("net"), at));
  }

  private static void bind(Path namespace, Path at) throws IOException {
    if (!Files.exists(at)) {
      Files.createFile(at);
    }
    Mounts.mount(namespace.toString(), at, "", Mounts.MS_BIND, "");
  }

  private static void holding(List<String> way, Held held) throws IOException {
    List<String> command = new ArrayList<>(way);
    command.add("cat");
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.PIPE).start();
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
      // What comes back has been read by a program inside.
      if (process.getInputStream().read() < 0) {
        String said =
            new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        throw new IOException(
            "cannot make a namespace by '" + String.join(" ", way) + "': " + said);
      }
      held.use(Path.of("/proc", Long.toString(process.pid()), "ns"));
    } catch (IOException e) {
      throw new IOException("user namespaces cannot be had on this host: " + e.getMessage(), e);
    } finally {
      process.getOutputStream().close();
      process.onExit().join();
    }
  }
}
