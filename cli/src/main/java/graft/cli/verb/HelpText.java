package graft.cli.verb;

import java.util.ArrayList;
import java.util.List;

/// What `graft VERB --help` prints.
public final class HelpText {
  private static final int WIDTH = 96;
  private static final int WIDEST_NAMES = 34;
  private static final int WIDEST_EXAMPLE = 56;

  private HelpText() {}

  public static String of(Options options, List<String> alsoCalled) {
    StringBuilder out = new StringBuilder();
    String head = "Usage: ";
    for (String form : options.forms()) {
      out.append(head).append(synopsis(options, form)).append('\n');
      head = "       ";
    }
    out.append('\n').append(options.summary()).append(".\n");
    if (!options.details().isEmpty()) {
      out.append('\n').append(options.details()).append('\n');
    }
    if (!alsoCalled.isEmpty()) {
      out.append("\nAlso: ");
      out.append(String.join(", ", alsoCalled.stream().map(n -> "graft " + n).toList()));
      out.append('\n');
    }
    if (!options.options().isEmpty()) {
      out.append("\nOptions:\n");
      options(options.options(), out);
    }
    if (!options.examples().isEmpty()) {
      out.append("\nExamples:\n");
      examples(options.examples(), out);
    }
    return out.toString();
  }

  /// What a line does stands behind it, or above it if the line is long.
  private static void examples(List<Options.Example> examples, StringBuilder out) {
    int width = 0;
    for (Options.Example e : examples) {
      int length = e.line().length();
      width = length <= WIDEST_EXAMPLE ? Math.max(width, length) : width;
    }
    for (Options.Example e : examples) {
      if (e.line().length() > WIDEST_EXAMPLE) {
        out.append("  # ").append(e.what()).append("\n  ").append(e.line()).append('\n');
      } else {
        out.append("  ").append(pad(e.line(), width)).append("   # ").append(e.what()).append('\n');
      }
    }
  }

  public static String synopsis(Options options, String form) {
    return "graft "
        + options.verb()
        + (options.options().isEmpty() ? "" : " [OPTIONS]")
        + (form.isEmpty() ? "" : " " + form);
  }

  /// `-n, --tail N`, with room for a short name before a long one.
  public static String names(Option option) {
    String names = String.join(", ", option.names());
    return (names.startsWith("--") ? "    " : "")
        + names
        + (option.takesValue() ? " " + option.label() : "");
  }

  private static void options(List<Option> options, StringBuilder out) {
    int width = 0;
    for (Option option : options) {
      int length = names(option).length();
      width = length <= WIDEST_NAMES ? Math.max(width, length) : width;
    }
    for (Option option : options) {
      String names = names(option);
      String indent = " ".repeat(width + 5);
      out.append("  ");
      if (names.length() > width) {
        out.append(names).append('\n').append(indent);
      } else {
        out.append(pad(names, width)).append("   ");
      }
      out.append(String.join("\n" + indent, wrap(option.help(), WIDTH - indent.length())));
      out.append('\n');
    }
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
