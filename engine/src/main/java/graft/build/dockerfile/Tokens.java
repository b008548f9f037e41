package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Cuts the text of an instruction into words. Quotes and escapes decide where a word ends.
final class Tokens {
  private static final Pattern BLANKS = Pattern.compile("[\t\u000b\f\r ]+");

  private final String text;
  private final char escape;
  private int at;

  private Tokens(String text, char escape) {
    this.text = text;
    this.escape = escape;
  }

  /// @param flags quotes and escapes are taken off
  /// @param rest what follows them
  record Flagged(List<String> flags, String rest) {}

  /// At blanks, whatever stands between them.
  static List<String> blanks(String text, int limit) {
    return text.isEmpty() ? List.of() : List.of(BLANKS.split(text, limit));
  }

  /// At blanks that are neither quoted nor escaped. Quotes and escapes stay in the words.
  static List<String> words(String text, char escape) {
    return new Tokens(text, escape).words();
  }

  private List<String> words() {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    char quote = 0;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      boolean last = at + 1 == text.length();
      if (c == escape && quote != '\'') {
        if (last) {
          break;
        }
        word.append(c).append(text.charAt(++at));
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
        word.append(c);
      } else if (GoText.isSpace(c)) {
        if (quoted || !word.isEmpty()) {
          words.add(word.toString());
        }
        word.setLength(0);
        quoted = false;
      } else {
        if (c == '\'' || c == '"') {
          quote = c;
          quoted = true;
        }
        word.append(c);
      }
    }
    if (quoted || !word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  /// The words with `--` at the beginning, up to the first without, or to `--`.
  static Flagged flags(String text, char escape) {
    Tokens tokens = new Tokens(text, escape);
    List<String> flags = new ArrayList<>();
    while (true) {
      while (tokens.at < text.length() && GoText.isSpace(text.charAt(tokens.at))) {
        tokens.at++;
      }
      if (!text.startsWith("--", tokens.at)) {
        return new Flagged(flags, text.substring(tokens.at));
      }
      String flag = tokens.unquoted();
      if (flag.equals("--")) {
        return new Flagged(flags, text.substring(tokens.at));
      }
      flags.add(flag);
    }
  }

  private String unquoted() {
    StringBuilder word = new StringBuilder();
    char quote = 0;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == escape) {
        if (++at < text.length()) {
          word.append(text.charAt(at));
        }
      } else if (quote == 0 && GoText.isSpace(c)) {
        break;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == quote) {
        quote = 0;
      } else {
        word.append(c);
      }
    }
    at = Math.min(at, text.length());
    return word.toString();
  }
}
