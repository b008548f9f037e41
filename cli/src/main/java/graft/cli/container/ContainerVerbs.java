package graft.cli.container;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class ContainerVerbs {
  public static final List<String> NAMES =
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
          "exec",
          "attach",
          "logs",
          "wait",
          "top",
          "stats",
          "port",
          "diff",
          "cp",
          "rename",
          "update",
          "commit",
          "export",
          "inspect",
          "container inspect",
          "container prune");

  private ContainerVerbs() {}

  /// Only what was typed is loaded.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "run", "create" -> new Create(name);
      case "start" -> new Start();
      case "stop", "restart" -> new Stop(name);
      case "kill" -> new Kill();
      case "pause", "unpause" -> new Pause(name);
      case "rm" -> new Rm();
      case "ps" -> new Ps();
      case "exec" -> new Exec();
      case "attach" -> new Attach();
      case "logs" -> new Logs();
      case "wait" -> new Wait();
      case "top" -> new Top();
      case "stats" -> new Stats();
      case "port" -> new Port();
      case "diff" -> new Diff();
      case "cp" -> new Copy();
      case "rename" -> new Rename();
      case "update" -> new Update();
      case "commit" -> new Commit();
      case "export" -> new Export();
      case "container prune" -> new ContainerPrune();
      case "inspect" -> new Inspect(name, "");
      case "container inspect", "image inspect", "volume inspect", "network inspect" ->
          new Inspect(name, name.substring(0, name.indexOf(' ')));
      default -> null;
    };
  }
}
