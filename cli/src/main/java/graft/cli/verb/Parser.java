package graft.cli.verb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads a line by a table of options, with the rules of docker's command: `--name=value` and
/// `--name value`, `-p80`, `-p=80` and `-p 80`, `-it` for `-i -t`, `--rm=false`, options between
/// arguments unless the verb runs a command, and nothing but arguments after `--`.
///
/// Not a library's: loading one took longer than all the rest of a short command.
public final class Parser {
  private final Options options;

  /// By [Option#key].
  private final Map<String, List<String>> given = new HashMap<>();

  private final List<String> arguments = new ArrayList<>();
  private boolean help;

  private Parser(Options options) {
    this.options = options;
  }

  public static Line parse(Options options, List<String> words) {
    Parser parser = new Parser(options);
    parser.read(words);
    if (!parser.help) {
      parser.count();
    }
    return new Line(options, parser.given, parser.arguments, parser.help);
  }

  private void read(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.equals("--")) {
        arguments.addAll(words.subList(i + 1, words.size()));
        return;
      }
      if (word.length() < 2 || word.charAt(0) != '-') {
        if (options.stops()) {
          arguments.addAll(words.subList(i, words.size()));
          return;
        }
        arguments.add(word);
        continue;
      }
      boolean needsNext = word.startsWith("--") ? spelled(word) : cluster(word);
      if (needsNext) {
        Option option = named(word.startsWith("--") ? word : "-" + word.charAt(word.length() - 1));
        if (++i == words.size()) {
          throw misuse("the option " + option.name() + " needs a value: " + option.label());
        }
        take(option, words.get(i));
      }
    }
  }

  /// True if the value is the next word.
  private boolean spelled(String word) {
    int equals = word.indexOf('=');
    String name = equals < 0 ? word : word.substring(0, equals);
    if (name.equals("--help")) {
      help = true;
      return false;
    }
    Option option = named(name);
    if (equals >= 0) {
      take(option, word.substring(equals + 1));
      return false;
    }
    if (option.takesValue()) {
      return true;
    }
    take(option, "true");
    return false;
  }

  private boolean cluster(String word) {
    for (int i = 1; i < word.length(); i++) {
      String name = "-" + word.charAt(i);
      if (name.equals("-h") && options.find(name) == null) {
        help = true;
        continue;
      }
      Option option = named(name);
      String rest = word.substring(i + 1);
      if (rest.startsWith("=")) {
        take(option, rest.substring(1));
        return false;
      }
      if (option.takesValue()) {
        if (rest.isEmpty()) {
          return true;
        }
        take(option, rest);
        return false;
      }
      take(option, "true");
    }
    return false;
  }

  private Option named(String name) {
    @Nullable Option option = options.find(name);
    if (option == null) {
      String close = Suggestion.of(name, options.names());
      throw misuse(
          "'graft "
              + options.verb()
              + "' has no option "
              + name
              + (close.isEmpty() ? "" : "; did you mean " + close + "?"));
    }
    return option;
  }

  private void take(Option option, String value) {
    switch (option.kind()) {
      case NUMBER -> {
        try {
          Long.parseLong(value);
        } catch (NumberFormatException e) {
          throw misuse(
              "the option " + option.name() + " wants a whole number, not '" + value + "'");
        }
      }
      case FLAG, IGNORED -> {
        if (!List.of("true", "false", "1", "0", "t", "f").contains(value)) {
          throw misuse("the option " + option.name() + " is true or false, not '" + value + "'");
        }
      }
      case VALUE, LIST -> {}
    }
    given.computeIfAbsent(option.key(), _ -> new ArrayList<>()).add(value);
  }

  private void count() {
    int count = arguments.size();
    int least = options.least();
    int most = options.most();
    if (count >= least && (most < 0 || count <= most)) {
      return;
    }
    String wanted =
        most == 0
            ? "no arguments"
            : most < 0
                ? "at least " + plural(least)
                : least == most
                    ? plural(least)
                    : least == 0 ? "at most " + plural(most) : least + " to " + plural(most);
    String form = options.forms().getFirst();
    throw new UsageException(
        "'graft "
            + options.verb()
            + "' takes "
            + wanted
            + (form.isEmpty() ? "" : " (" + form + ")")
            + ", not "
            + (count == 0 ? "none" : count),
        options.verb(),
        1);
  }

  private static String plural(int count) {
    return count == 1 ? "1 argument" : count + " arguments";
  }

  private UsageException misuse(String message) {
    return new UsageException(message, options.verb(), UsageException.OPTION);
  }
}
