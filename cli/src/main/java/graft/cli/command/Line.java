package graft.cli.command;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/// A parsed line: options by their long name.
public final class Line {
  private final String verb;
  private final ParseResult result;

  public Line(String verb, ParseResult result) {
    this.verb = verb;
    this.result = result;
  }

  public String verb() {
    return verb;
  }

  public boolean given(String option) {
    return result.hasMatchedOption(option);
  }

  public boolean flag(String option) {
    Boolean value = result.matchedOptionValue(option, Boolean.FALSE);
    return value != null && value;
  }

  public String text(String option) {
    return text(option, "");
  }

  public String text(String option, String otherwise) {
    @Nullable String value = result.matchedOptionValue(option, otherwise);
    return value == null ? otherwise : value;
  }

  public List<String> list(String option) {
    @Nullable List<String> value = result.matchedOptionValue(option, List.<String>of());
    return value == null ? List.of() : value;
  }

  public List<String> arguments() {
    @Nullable List<String> value = result.matchedPositionalValue(0, List.<String>of());
    return value == null ? List.of() : value;
  }

  public String argument(int index) {
    return arguments().get(index);
  }

  /// The arguments, if there are as many as the verb takes; -1 for no upper bound.
  public List<String> arguments(int least, int most) {
    int count = arguments().size();
    if (count < least || (most >= 0 && count > most)) {
      String wanted =
          most == 0
              ? "no arguments"
              : most < 0
                  ? "at least " + plural(least)
                  : least == most ? plural(least) : least + " to " + plural(most);
      throw new UsageException("'graft " + verb + "' takes " + wanted + ", not " + count, verb);
    }
    return arguments();
  }

  private static String plural(int count) {
    return count == 1 ? "1 argument" : count + " arguments";
  }
}
