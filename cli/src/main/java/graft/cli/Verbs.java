package graft.cli;

import graft.cli.command.Completion;
import graft.cli.command.Containers;
import graft.cli.command.Copy;
import graft.cli.command.Create;
import graft.cli.command.Daemon;
import graft.cli.command.Demo;
import graft.cli.command.Exec;
import graft.cli.command.ImageFiles;
import graft.cli.command.Images;
import graft.cli.command.Inspect;
import graft.cli.command.Layers;
import graft.cli.command.Logins;
import graft.cli.command.Logs;
import graft.cli.command.OneImage;
import graft.cli.command.Ps;
import graft.cli.command.SystemVerbs;
import graft.cli.command.Transfer;
import graft.cli.command.Tree;
import graft.cli.command.Verb;
import graft.cli.command.Volumes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of verbs: the one place where a verb is registered. Only what was typed is loaded.
final class Verbs {
  private static final List<String> NAMES =
      List.of(
          "run",
          "create",
          "start",
          "stop",
          "restart",
          "kill",
          "pause",
          "unpause",
          "rm",
          "ps",
          "logs",
          "exec",
          "attach",
          "wait",
          "top",
          "inspect",
          "diff",
          "rename",
          "port",
          "commit",
          "export",
          "images",
          "rmi",
          "tag",
          "history",
          "pull",
          "push",
          "save",
          "load",
          "import",
          "tree",
          "layers",
          "ls",
          "cat",
          "blame",
          "version",
          "info",
          "events",
          "login",
          "logout",
          "cp",
          "demo",
          "completion",
          "daemon",
          "volume",
          "network",
          "container",
          "image",
          "system",
          "help");

  private Verbs() {}

  static @Nullable Verb find(String name) {
    return switch (name) {
      case "run", "create" -> new Create();
      case "start",
          "stop",
          "restart",
          "kill",
          "pause",
          "unpause",
          "rm",
          "wait",
          "attach",
          "top",
          "rename",
          "port",
          "diff",
          "commit",
          "export" ->
          new Containers();
      case "ps" -> new Ps();
      case "logs" -> new Logs();
      case "exec" -> new Exec();
      case "inspect", "image inspect", "container inspect", "volume inspect", "network inspect" ->
          new Inspect();
      case "images" -> new Images();
      case "rmi", "tag", "history" -> new OneImage();
      case "pull", "push", "save", "load", "import" -> new Transfer();
      case "tree" -> new Tree();
      case "layers" -> new Layers();
      case "ls", "cat", "blame" -> new ImageFiles();
      case "version", "info", "events", "container prune", "image prune", "volume prune" ->
          new SystemVerbs();
      case "volume ls", "volume create", "volume rm", "network ls" -> new Volumes();
      case "daemon" -> new Daemon();
      case "login", "logout" -> new Logins();
      case "cp" -> new Copy();
      case "demo" -> new Demo();
      case "completion" -> new Completion(NAMES);
      default -> null;
    };
  }

  static boolean isGroup(String name) {
    return switch (name) {
      case "container", "image", "volume", "network", "system" -> true;
      default -> false;
    };
  }

  /// The verb that `graft GROUP WORD` stands for.
  static String inGroup(String group, String word) {
    String verb = word.equals("list") ? "ls" : word.equals("remove") ? "rm" : word;
    String full = group + " " + verb;
    return switch (full) {
      case "container ls" -> "ps";
      case "image ls" -> "images";
      case "image rm" -> "rmi";
      default ->
          verb.equals("inspect")
                  || verb.equals("prune")
                  || group.equals("volume")
                  || group.equals("network")
              ? full
              : verb;
    };
  }

  static String suggestion(String typed) {
    String best = "";
    int least = 3;
    for (String name : NAMES) {
      int distance = distance(typed, name);
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    return best.isEmpty() ? "; 'graft --help' lists them" : "; did you mean 'graft " + best + "'?";
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int swap = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(swap, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
