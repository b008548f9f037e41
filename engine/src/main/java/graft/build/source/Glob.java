package graft.build.source;

import graft.error.GraftException;

/// Patterns of COPY and ADD: `*` and `?` match within one element of a path, `[a-z]` and `[^a]` one
/// character of a class, `\` takes the next character as it is.
///
/// Source: Go's `path/filepath.Match`, by which Docker defines them.
public final class Glob {
  private Glob() {}

  /// True where a path has to be looked for by [#matches].
  static boolean isPattern(String path) {
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '*' || c == '?' || c == '[') {
        return true;
      }
    }
    return false;
  }

  /// The pattern without its escapes, where it is no pattern.
  static String literal(String path) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '\\' && i + 1 < path.length()) {
        c = path.charAt(++i);
      }
      text.append(c);
    }
    return text.toString();
  }

  public static boolean matches(String pattern, String path) {
    String[] wanted = pattern.split("/", -1);
    String[] given = path.split("/", -1);
    if (wanted.length != given.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (!element(wanted[i], given[i])) {
        return false;
      }
    }
    return true;
  }

  /// Goes back to the last star only, so that no pattern takes more than length times length.
  static boolean element(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int from = 0;
    while (n < name.length()) {
      int next = p < pattern.length() ? one(pattern, p, name.charAt(n)) : -1;
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        from = n;
      } else if (next >= 0) {
        p = next;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++from;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /// Where the pattern goes on if its next part matches this character, else -1.
  private static int one(String pattern, int at, char c) {
    return switch (pattern.charAt(at)) {
      case '*' -> -1;
      case '?' -> at + 1;
      case '[' -> oneOf(pattern, at + 1, c);
      case '\\' -> {
        if (at + 1 == pattern.length()) {
          throw bad(pattern);
        }
        yield pattern.charAt(at + 1) == c ? at + 2 : -1;
      }
      default -> pattern.charAt(at) == c ? at + 1 : -1;
    };
  }

  private static int oneOf(String pattern, int begin, char c) {
    int at = begin;
    boolean negated = at < pattern.length() && pattern.charAt(at) == '^';
    if (negated) {
      at++;
    }
    boolean found = false;
    boolean first = true;
    while (true) {
      if (at >= pattern.length()) {
        throw bad(pattern);
      }
      if (pattern.charAt(at) == ']' && !first) {
        return found == negated ? -1 : at + 1;
      }
      first = false;
      int afterLow = pattern.charAt(at) == '\\' ? at + 2 : at + 1;
      if (afterLow > pattern.length()) {
        throw bad(pattern);
      }
      char low = pattern.charAt(afterLow - 1);
      char high = low;
      at = afterLow;
      if (at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']') {
        int afterHigh = pattern.charAt(at + 1) == '\\' ? at + 3 : at + 2;
        if (afterHigh > pattern.length()) {
          throw bad(pattern);
        }
        high = pattern.charAt(afterHigh - 1);
        at = afterHigh;
      }
      found |= low <= c && c <= high;
    }
  }

  private static GraftException bad(String pattern) {
    return GraftException.invalid("syntax error in pattern \"" + pattern + "\"");
  }
}
