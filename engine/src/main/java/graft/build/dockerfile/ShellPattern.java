package graft.build.dockerfile;

import java.util.Arrays;

/// A shell's pattern in `${v#p}` and its like: `*` is any text of one line, `?` any character of
/// it. Matched by following all possibilities at once, so that no pattern takes more than its
/// length times the value's.
final class ShellPattern {
  private static final int STAR = -1;
  private static final int ANY = -2;
  private static final long MOST_STEPS = 50_000_000;

  private final int[] tokens;

  private ShellPattern(int[] tokens) {
    this.tokens = tokens;
  }

  /// A backslash makes `*`, `?` and itself plain characters.
  ///
  /// @throws DockerfileException another character is escaped
  static ShellPattern parse(String pattern) {
    int[] c = pattern.codePoints().toArray();
    int[] tokens = new int[c.length];
    int n = 0;
    for (int i = 0; i < c.length; i++) {
      switch (c[i]) {
        case '*' -> tokens[n++] = STAR;
        case '?' -> tokens[n++] = ANY;
        case '\\' -> {
          i++;
          if (i == c.length || "*?\\}/".indexOf(c[i]) < 0) {
            throw new DockerfileException(
                "invalid escape '\\" + (i == c.length ? "" : Character.toString(c[i])) + "'");
          }
          tokens[n++] = c[i];
        }
        default -> tokens[n++] = c[i];
      }
    }
    return new ShellPattern(Arrays.copyOf(tokens, n));
  }

  String withoutPrefix(String value, boolean longest) {
    int[] c = value.codePoints().toArray();
    int end = end(tokens, c, 0, longest);
    return end < 0 ? value : new String(c, end, c.length - end);
  }

  String withoutSuffix(String value, boolean longest) {
    int[] c = reversed(value.codePoints().toArray());
    int end = end(reversed(tokens), c, 0, longest);
    return end < 0 ? value : new String(reversed(c), 0, c.length - end);
  }

  /// The first match, or all of them from the left; each as long as can be.
  String replace(String value, String replacement, boolean all) {
    int[] c = value.codePoints().toArray();
    boolean[] starts = starts(c);
    StringBuilder out = new StringBuilder();
    int done = 0;
    int last = -1;
    for (int i = 0; i <= c.length && (all || last < 0); i++) {
      if (i < done || !starts[i]) {
        continue;
      }
      int end = end(tokens, c, i, true);
      if (end == i && i == last) {
        continue;
      }
      out.append(new String(c, done, i - done)).append(replacement);
      if (out.length() > Substitution.LONGEST + value.length()) {
        throw new DockerfileException(
            "variables insert more than " + Substitution.LONGEST + " characters");
      }
      done = end;
      last = end;
    }
    return out.append(new String(c, done, c.length - done)).toString();
  }

  private static int[] reversed(int[] of) {
    int[] out = new int[of.length];
    for (int i = 0; i < of.length; i++) {
      out[i] = of[of.length - 1 - i];
    }
    return out;
  }

  private static void bounded(int[] tokens, int[] value) {
    if ((long) (tokens.length + 1) * value.length > MOST_STEPS) {
      throw new DockerfileException("pattern and value are too long");
    }
  }

  /// Where a match that begins at `from` ends; -1 if there is none.
  private static int end(int[] tokens, int[] value, int from, boolean longest) {
    bounded(tokens, value);
    boolean[] now = new boolean[tokens.length + 1];
    boolean[] then = new boolean[tokens.length + 1];
    now[0] = true;
    int end = -1;
    for (int i = from; ; i++) {
      boolean any = skipStars(tokens, now);
      if (now[tokens.length]) {
        end = i;
      }
      if (!any || i == value.length || (end >= 0 && !longest)) {
        return end;
      }
      step(tokens, now, then, value[i]);
      boolean[] swapped = now;
      now = then;
      then = swapped;
    }
  }

  /// Where a match can begin: seen from the end, with the pattern turned round.
  private boolean[] starts(int[] value) {
    bounded(tokens, value);
    int[] turned = reversed(tokens);
    boolean[] starts = new boolean[value.length + 1];
    boolean[] now = new boolean[tokens.length + 1];
    boolean[] then = new boolean[tokens.length + 1];
    for (int i = value.length; ; i--) {
      now[0] = true;
      skipStars(turned, now);
      starts[i] = now[tokens.length];
      if (i == 0) {
        return starts;
      }
      step(turned, now, then, value[i - 1]);
      boolean[] swapped = now;
      now = then;
      then = swapped;
    }
  }

  /// A star may be nothing. Returns whether there is any possibility left.
  private static boolean skipStars(int[] tokens, boolean[] states) {
    boolean any = states[tokens.length];
    for (int j = 0; j < tokens.length; j++) {
      any |= states[j];
      if (states[j] && tokens[j] == STAR) {
        states[j + 1] = true;
      }
    }
    return any;
  }

  private static void step(int[] tokens, boolean[] now, boolean[] then, int c) {
    Arrays.fill(then, false);
    for (int j = 0; j < tokens.length; j++) {
      if (!now[j]) {
        continue;
      }
      if (tokens[j] == STAR && c != '\n') {
        then[j] = true;
      } else if (tokens[j] == c || (tokens[j] == ANY && c != '\n')) {
        then[j + 1] = true;
      }
    }
  }
}
