package graft.cli.image;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class ImageVerbs {
  public static final List<String> NAMES =
      List.of(
          "images",
          "pull",
          "push",
          "tag",
          "rmi",
          "history",
          "search",
          "tags",
          "save",
          "load",
          "import",
          "image inspect",
          "image prune");

  private ImageVerbs() {}

  /// Only what was typed is loaded. `image inspect` is in the room of all inspections.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "images" -> new Images();
      case "pull" -> new Pull();
      case "push" -> new Push();
      case "tag" -> new Tag();
      case "rmi" -> new Rmi();
      case "history" -> new History();
      case "search" -> new Search();
      case "tags" -> new Tags();
      case "save" -> new Save();
      case "load" -> new Load();
      case "import" -> new Import();
      case "image prune" -> new ImagePrune();
      default -> null;
    };
  }
}
