package graft.cli.tree;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class TreeVerbs {
  public static final List<String> NAMES =
      List.of(
          "tree",
          "layers",
          "ls",
          "cat",
          "blame",
          "recipe",
          "sbom",
          "scan",
          "why",
          "outdated",
          "db import",
          "db status",
          "db rm");

  private TreeVerbs() {}

  /// Only what was typed is loaded.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "tree" -> new Tree();
      case "layers" -> new Layers();
      case "ls" -> new Ls();
      case "cat" -> new Cat();
      case "blame" -> new Blame();
      case "recipe" -> new ShowRecipe();
      case "sbom" -> new Sbom();
      case "scan" -> new Scan();
      case "why" -> new Why();
      case "outdated" -> new Outdated();
      case "db import" -> new DbImport();
      case "db status" -> new DbStatus();
      case "db rm" -> new DbRm();
      default -> null;
    };
  }
}
