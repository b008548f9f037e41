package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A pattern for paths: `*` and `?` are anything but a slash, `**` anything, `[a-z]` one of these
/// characters, `[^a-z]` one of the others; a backslash makes the next character plain. Matched by
/// following all possibilities at once.
final class PathPattern {
  private enum Kind {
    CHAR,
    /// `?`
    ONE,
    /// `*`
    MANY,
    /// `**`
    ANYTHING,
    /// Goes on here or behind the two that follow, which are anything and a slash.
    MAYBE_DIRECTORIES,
    CLASS
  }

  /// @param ranges of a class: pairs of first and last character
  private record Token(Kind kind, int character, boolean negated, int[] ranges) {
    static Token of(Kind kind) {
      return new Token(kind, 0, false, new int[0]);
    }

    static Token of(int character) {
      return new Token(Kind.CHAR, character, false, new int[0]);
    }

    boolean takes(int c) {
      return switch (kind) {
        case CHAR -> c == character;
        case ONE, MANY -> c != '/';
        case ANYTHING -> true;
        case MAYBE_DIRECTORIES -> false;
        case CLASS -> {
          boolean in = false;
          for (int i = 0; i < ranges.length; i += 2) {
            in |= ranges[i] <= c && c <= ranges[i + 1];
          }
          yield in != negated;
        }
      };
    }

    boolean repeats() {
      return kind == Kind.MANY || kind == Kind.ANYTHING;
    }
  }

  private final Token[] tokens;

  private PathPattern(List<Token> tokens) {
    this.tokens = tokens.toArray(Token[]::new);
  }

  /// @throws DockerfileException a class does not end; without location
  static PathPattern parse(String pattern) {
    int[] c = pattern.codePoints().toArray();
    List<Token> tokens = new ArrayList<>();
    int i = 0;
    while (i < c.length) {
      switch (c[i]) {
        case '*' -> {
          if (i + 1 == c.length || c[i + 1] != '*') {
            tokens.add(Token.of(Kind.MANY));
          } else {
            i++;
            if (i + 1 == c.length) {
              tokens.add(Token.of(Kind.ANYTHING));
            } else {
              boolean slash = c[i + 1] == '/';
              // Only at the beginning, and with nothing special behind it, it may end in the
              // middle of a name.
              boolean suffix = i == 1 && !slash && plain(c, i + 1);
              if (!suffix) {
                tokens.add(Token.of(Kind.MAYBE_DIRECTORIES));
              }
              tokens.add(Token.of(Kind.ANYTHING));
              if (!suffix) {
                tokens.add(Token.of('/'));
              }
              i += slash ? 1 : 0;
            }
          }
          i++;
        }
        case '?' -> {
          tokens.add(Token.of(Kind.ONE));
          i++;
        }
        case '[' -> i = characters(c, i + 1, pattern, tokens);
        case '\\' -> {
          if (i + 1 == c.length) {
            throw bad(pattern);
          }
          tokens.add(Token.of(c[i + 1]));
          i += 2;
        }
        default -> tokens.add(Token.of(c[i++]));
      }
    }
    return new PathPattern(tokens);
  }

  private static boolean plain(int[] c, int from) {
    return Arrays.stream(c, from, c.length).noneMatch(x -> "*?[]\\".indexOf(x) >= 0);
  }

  private static DockerfileException bad(String pattern) {
    return new DockerfileException("syntax error in pattern " + GoText.quote(pattern));
  }

  private static int characters(int[] c, int from, String pattern, List<Token> tokens) {
    int i = from;
    boolean negated = i < c.length && c[i] == '^';
    i += negated ? 1 : 0;
    List<Integer> ranges = new ArrayList<>();
    while (i < c.length && (c[i] != ']' || ranges.isEmpty())) {
      int first = i;
      i = character(c, i, pattern);
      int low = c[i - 1];
      int high = low;
      if (c[first] == ']') {
        throw bad(pattern);
      }
      if (i + 1 < c.length && c[i] == '-' && c[i + 1] != ']') {
        i = character(c, i + 1, pattern);
        high = c[i - 1];
      }
      ranges.add(low);
      ranges.add(high);
    }
    if (i >= c.length) {
      throw bad(pattern);
    }
    tokens.add(
        new Token(Kind.CLASS, 0, negated, ranges.stream().mapToInt(Integer::intValue).toArray()));
    return i + 1;
  }

  /// Behind a character that may be escaped.
  private static int character(int[] c, int at, String pattern) {
    int i = at + (c[at] == '\\' ? 2 : 1);
    if (i > c.length) {
      throw bad(pattern);
    }
    return i;
  }

  boolean matches(String path) {
    boolean[] now = new boolean[tokens.length + 1];
    boolean[] then = new boolean[tokens.length + 1];
    now[0] = true;
    int i = 0;
    while (true) {
      boolean any = skip(now);
      if (i == path.length()) {
        return now[tokens.length];
      }
      if (!any) {
        return false;
      }
      int c = path.codePointAt(i);
      Arrays.fill(then, false);
      for (int j = 0; j < tokens.length; j++) {
        if (now[j] && tokens[j].takes(c)) {
          then[tokens[j].repeats() ? j : j + 1] = true;
        }
      }
      boolean[] swapped = now;
      now = then;
      then = swapped;
      i += Character.charCount(c);
    }
  }

  /// Follows what needs no character. Returns whether there is any possibility left.
  private boolean skip(boolean[] states) {
    boolean any = states[tokens.length];
    for (int j = 0; j < tokens.length; j++) {
      if (states[j]) {
        any = true;
        if (tokens[j].repeats() || tokens[j].kind() == Kind.MAYBE_DIRECTORIES) {
          states[j + 1] = true;
        }
        if (tokens[j].kind() == Kind.MAYBE_DIRECTORIES) {
          states[j + 3] = true;
        }
      }
    }
    return any;
  }
}
