package graft.cli.verb;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A line that was read. Options are asked for by any of their names; to ask for one that the table
/// does not have is a mistake of the verb's.
public final class Line {
  private final Options options;
  private final Map<String, List<String>> given;
  private final List<String> arguments;
  private final boolean help;

  Line(Options options, Map<String, List<String>> given, List<String> arguments, boolean help) {
    this.options = options;
    this.given = given;
    this.arguments = List.copyOf(arguments);
    this.help = help;
  }

  public String verb() {
    return options.verb();
  }

  public boolean help() {
    return help;
  }

  public boolean has(String option) {
    return options.find(option) != null;
  }

  public boolean given(String option) {
    return !list(option).isEmpty();
  }

  public boolean flag(String option) {
    return flag(option, false);
  }

  public boolean flag(String option, boolean otherwise) {
    List<String> values = list(option);
    return values.isEmpty()
        ? otherwise
        : values.getLast().startsWith("t") || values.getLast().equals("1");
  }

  public String text(String option) {
    return text(option, "");
  }

  public String text(String option, String otherwise) {
    List<String> values = list(option);
    return values.isEmpty() ? otherwise : values.getLast();
  }

  public long number(String option, long otherwise) {
    List<String> values = list(option);
    return values.isEmpty() ? otherwise : Long.parseLong(values.getLast());
  }

  public List<String> list(String option) {
    @Nullable Option found = options.find(option);
    if (found == null) {
      throw new IllegalArgumentException("'graft " + verb() + "' has no option " + option);
    }
    return given.getOrDefault(found.key(), List.of());
  }

  public List<String> arguments() {
    return arguments;
  }

  public String argument(int index) {
    return arguments.get(index);
  }

  /// The argument at this place, or nothing.
  public String argumentOrNone(int index) {
    return index < arguments.size() ? arguments.get(index) : "";
  }

  /// What is wrong with the value of an option.
  public UsageException refuse(String message) {
    return new UsageException(message, verb(), UsageException.OPTION);
  }
}
