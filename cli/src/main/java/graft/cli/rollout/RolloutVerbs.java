package graft.cli.rollout;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class RolloutVerbs {
  public static final List<String> NAMES =
      List.of("rebase", "fix", "rollback", "generations", "follow", "recreate");

  private RolloutVerbs() {}

  /// Only what was typed is loaded.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "rebase" -> new Rebase();
      case "fix" -> new Fix();
      case "rollback" -> new Rollback();
      case "follow" -> new Follow();
      case "recreate" -> new Recreate();
      case "generations" -> new Generations();
      default -> null;
    };
  }
}
