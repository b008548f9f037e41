package graft.cli;

import graft.cli.verb.Option;
import java.util.List;

/// The completion for fish.
final class FishScript {
  private FishScript() {}

  static String of(List<Completion.Table> tables) {
    StringBuilder out =
        new StringBuilder(
            """
            function __graft_names
              switch $argv[1]
                case containers; graft ps -a --format '{{.Names}}' 2>/dev/null
                case images; graft images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null
                case volumes; graft volume ls -q 2>/dev/null
                case networks; graft network ls --format '{{.Name}}' 2>/dev/null
              end
            end
            """);
    for (String group : Verbs.GROUPS) {
      top(out, group, "verbs about this");
    }
    for (Completion.Table table : tables) {
      String[] words = table.name().split(" ");
      String summary = table.options().summary();
      String when;
      if (words.length == 1) {
        top(out, words[0], summary);
        when =
            "test (count (commandline -opc)) -gt 1; and test (commandline -opc)[2] = " + words[0];
      } else {
        String group = "__fish_seen_subcommand_from " + words[0];
        line(
            out,
            group + "; and test (count (commandline -opc)) -eq 2",
            "-f -a " + words[1] + " -d " + quoted(summary));
        when =
            group
                + "; and test (count (commandline -opc)) -gt 2; and test (commandline -opc)[3] = "
                + words[1];
      }
      for (Option option : table.options().options()) {
        line(out, when, option(option));
      }
      for (String kind : table.kinds()) {
        line(out, when, "-a " + quoted("(__graft_names " + kind + ")"));
      }
      List<String> fixed = table.words();
      if (!fixed.isEmpty()) {
        line(out, when, "-f -a " + quoted(String.join(" ", fixed)));
      }
    }
    return out.toString();
  }

  private static void top(StringBuilder out, String word, String summary) {
    line(out, "__fish_use_subcommand", "-f -a " + word + " -d " + quoted(summary));
  }

  private static String option(Option option) {
    StringBuilder out = new StringBuilder();
    for (String name : option.names()) {
      out.append(name.startsWith("--") ? "-l " + name.substring(2) : "-s " + name.substring(1));
      out.append(' ');
    }
    return out + (option.takesValue() ? "-r " : "") + "-d " + quoted(option.help());
  }

  private static void line(StringBuilder out, String when, String what) {
    out.append("complete -c graft -n ").append(quoted(when)).append(' ').append(what).append('\n');
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
