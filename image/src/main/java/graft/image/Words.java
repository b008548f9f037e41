package graft.image;

import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// The words of an instruction: quotes, backslashes and variables as in a Dockerfile.
final class Words {
  private final String text;
  private final Function<String, String> variables;
  private int at;

  private Words(String text, Function<String, String> variables) {
    this.text = text;
    this.variables = variables;
  }

  /// Cuts at blanks outside quotes; quotes, backslashes and variables stay as they are.
  static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    char quote = 0;
    boolean any = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        word.append(c).append(text.charAt(++i));
        any = true;
      } else if (quote == 0 && Character.isWhitespace(c)) {
        if (any) {
          words.add(word.toString());
          word.setLength(0);
          any = false;
        }
      } else {
        if (quote == 0 && (c == '"' || c == '\'')) {
          quote = c;
        } else if (c == quote) {
          quote = 0;
        }
        word.append(c);
        any = true;
      }
    }
    if (any) {
      words.add(word.toString());
    }
    return words;
  }

  /// The meaning of a word: quotes taken off, variables replaced. INVALID where a quote or brace is
  /// not closed.
  ///
  /// @param variables the value of a variable, or empty text
  static String expand(String word, Function<String, String> variables) {
    Words w = new Words(word, variables);
    StringBuilder out = new StringBuilder();
    w.expandInto(out, (char) 0);
    return out.toString();
  }

  private void expandInto(StringBuilder out, char end) {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (end != 0 && c == end) {
        return;
      }
      at++;
      switch (c) {
        case '\'' -> singleQuoted(out);
        case '"' -> doubleQuoted(out);
        case '$' -> variable(out);
        case '\\' -> {
          if (at < text.length()) {
            out.append(text.charAt(at++));
          }
        }
        default -> out.append(c);
      }
    }
  }

  private void singleQuoted(StringBuilder out) {
    int close = text.indexOf('\'', at);
    if (close < 0) {
      throw unclosed("single quote");
    }
    out.append(text, at, close);
    at = close + 1;
  }

  private void doubleQuoted(StringBuilder out) {
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return;
      }
      if (c == '$') {
        variable(out);
      } else if (c == '\\' && at < text.length()) {
        char next = text.charAt(at++);
        if (next != '"' && next != '$' && next != '\\') {
          out.append(c);
        }
        out.append(next);
      } else {
        out.append(c);
      }
    }
    throw unclosed("double quote");
  }

  /// Behind a dollar.
  private void variable(StringBuilder out) {
    if (at < text.length() && text.charAt(at) == '{') {
      at++;
      braced(out);
      return;
    }
    String name = name();
    if (name.isEmpty()) {
      out.append('$');
    } else {
      out.append(variables.apply(name));
    }
  }

  private String name() {
    int start = at;
    while (at < text.length()
        && (text.charAt(at) == '_'
            || text.charAt(at) < 128 && Character.isLetterOrDigit(text.charAt(at)))
        && !(at == start && Character.isDigit(text.charAt(at)))) {
      at++;
    }
    return text.substring(start, at);
  }

  private void braced(StringBuilder out) {
    String name = name();
    String value = variables.apply(name);
    if (name.isEmpty()) {
      throw bad();
    }
    boolean colon = at < text.length() && text.charAt(at) == ':';
    if (colon) {
      at++;
    }
    if (at >= text.length()) {
      throw unclosed("brace");
    }
    char operator = text.charAt(at++);
    if (operator == '}' && !colon) {
      out.append(value);
      return;
    }
    StringBuilder word = new StringBuilder();
    expandInto(word, '}');
    if (at >= text.length()) {
      throw unclosed("brace");
    }
    at++;
    switch (operator) {
      case '-' -> out.append(value.isEmpty() ? word : value);
      case '+' -> out.append(value.isEmpty() ? "" : word);
      default -> throw bad();
    }
  }

  private GraftException bad() {
    return GraftException.invalid(
        "failed to process \"" + text + "\": unsupported modifier in substitution");
  }

  private GraftException unclosed(String what) {
    return GraftException.invalid(
        "failed to process \""
            + text
            + "\": unexpected end of statement while looking for matching "
            + what);
  }
}
