package graft.cli;

import graft.cli.build.BuildVerbs;
import graft.cli.container.ContainerVerbs;
import graft.cli.image.ImageVerbs;
import graft.cli.network.NetworkVerbs;
import graft.cli.rollout.RolloutVerbs;
import graft.cli.system.SystemVerbs;
import graft.cli.tree.TreeVerbs;
import graft.cli.ui.UiVerbs;
import graft.cli.verb.Suggestion;
import graft.cli.verb.Verb;
import graft.cli.volume.VolumeVerbs;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All verbs, by the one name under which each is explained, and the other names that docker has
/// for them. Each room has the table of its own.
final class Verbs {
  static final List<String> GROUPS =
      List.of("container", "image", "volume", "network", "system", "trash", "db");

  private Verbs() {}

  static List<String> names() {
    List<String> all = new ArrayList<>(ContainerVerbs.NAMES);
    all.addAll(ImageVerbs.NAMES);
    all.addAll(BuildVerbs.NAMES);
    all.addAll(TreeVerbs.NAMES);
    all.addAll(RolloutVerbs.NAMES);
    all.addAll(UiVerbs.NAMES);
    all.addAll(VolumeVerbs.NAMES);
    all.addAll(NetworkVerbs.NAMES);
    all.addAll(SystemVerbs.NAMES);
    all.add("completion");
    return all;
  }

  static @Nullable Verb find(String name) {
    if (name.equals("completion")) {
      return new Completion();
    }
    Verb verb = ContainerVerbs.find(name);
    verb = verb == null ? ImageVerbs.find(name) : verb;
    verb = verb == null ? BuildVerbs.find(name) : verb;
    verb = verb == null ? TreeVerbs.find(name) : verb;
    verb = verb == null ? RolloutVerbs.find(name) : verb;
    verb = verb == null ? UiVerbs.find(name) : verb;
    verb = verb == null ? VolumeVerbs.find(name) : verb;
    verb = verb == null ? NetworkVerbs.find(name) : verb;
    return verb == null ? SystemVerbs.find(name) : verb;
  }

  /// The verb that `graft GROUP WORD` stands for.
  static String inGroup(String group, String word) {
    String verb =
        switch (word) {
          case "list" -> "ls";
          case "remove" -> "rm";
          default -> word;
        };
    String full = group + " " + verb;
    return switch (full) {
      case "container ls", "container ps" -> "ps";
      case "image ls" -> "images";
      case "image rm" -> "rmi";
      case "system info", "system events" -> verb;
      default -> names().contains(full) || !aliased(group, verb) ? full : verb;
    };
  }

  /// Whether the short verb is one of this group.
  private static boolean aliased(String group, String verb) {
    return switch (group) {
      case "container" -> ContainerVerbs.NAMES.contains(verb) && !verb.equals("inspect");
      case "image" ->
          !verb.equals("rmi") && !verb.equals("images") && ImageVerbs.NAMES.contains(verb);
      default -> false;
    };
  }

  /// The words of a group, for its help and for completion.
  static List<String> words(String group) {
    List<String> words = new ArrayList<>();
    for (String name : names()) {
      if (name.startsWith(group + " ")) {
        words.add(name.substring(group.length() + 1));
      } else if (name.equals("ps") && group.equals("container")
          || name.equals("images") && group.equals("image")) {
        words.add("ls");
      } else if (name.equals("rmi") && group.equals("image")) {
        words.add("rm");
      } else if (aliased(group, name)
          || group.equals("system") && (name.equals("info") || name.equals("events"))) {
        words.add(name);
      }
    }
    words.sort(null);
    return words;
  }

  /// The other names of a verb.
  static List<String> alsoCalled(String name) {
    List<String> all = new ArrayList<>();
    for (String group : GROUPS) {
      for (String word : words(group)) {
        String full = group + " " + word;
        if (!full.equals(name) && inGroup(group, word).equals(name)) {
          all.add(full);
        }
      }
    }
    return all;
  }

  static String suggestion(String typed) {
    List<String> known = new ArrayList<>(names());
    known.addAll(GROUPS);
    String best = Suggestion.of(typed, known);
    return best.isEmpty() ? "; 'graft --help' lists them" : "; did you mean 'graft " + best + "'?";
  }
}
