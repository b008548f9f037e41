package graft.version;

final class RpmOrder {
  private RpmOrder() {}

  static int compare(String a, String b) {
    Parts x = Parts.of(a.strip());
    Parts y = Parts.of(b.strip());
    int byEpoch = Digits.compare(x.epoch, y.epoch);
    if (byEpoch != 0) {
      return byEpoch;
    }
    int byVersion = segments(x.version, y.version);
    return byVersion != 0 ? byVersion : segments(x.release, y.release);
  }

  private record Parts(String epoch, String version, String release) {
    static Parts of(String text) {
      int colon = text.indexOf(':');
      boolean epoch = colon > 0 && Digits.end(text, 0) == colon;
      String rest = epoch ? text.substring(colon + 1) : text;
      int dash = rest.lastIndexOf('-');
      return new Parts(
          epoch ? text.substring(0, colon) : "",
          dash < 0 ? rest : rest.substring(0, dash),
          dash < 0 ? "" : rest.substring(dash + 1));
    }
  }

  /// Stretches of digits and of letters; all else parts them, but for `~` and `^`.
  private static int segments(String a, String b) {
    int i = 0;
    int j = 0;
    while (true) {
      i = separatorsEnd(a, i);
      j = separatorsEnd(b, j);
      char x = i < a.length() ? a.charAt(i) : 0;
      char y = j < b.length() ? b.charAt(j) : 0;
      if (x == '~' || y == '~') {
        // Before everything, even the end.
        if (x != y) {
          return x == '~' ? -1 : 1;
        }
        i++;
        j++;
      } else if (x == '^' || y == '^') {
        // After the end, before everything else.
        if (x != y) {
          return x == 0 || x == '^' && y != 0 ? -1 : 1;
        }
        i++;
        j++;
      } else if (x == 0 || y == 0) {
        return Boolean.compare(x != 0, y != 0);
      } else {
        boolean number = Digits.is(x);
        if (number != Digits.is(y)) {
          return number ? 1 : -1;
        }
        int aEnd = number ? Digits.end(a, i) : lettersEnd(a, i);
        int bEnd = number ? Digits.end(b, j) : lettersEnd(b, j);
        int difference =
            number
                ? Digits.compare(a, i, aEnd, b, j, bEnd)
                : a.substring(i, aEnd).compareTo(b.substring(j, bEnd));
        if (difference != 0) {
          return difference;
        }
        i = aEnd;
        j = bEnd;
      }
    }
  }

  private static int separatorsEnd(String text, int from) {
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (Digits.is(c) || isLetter(c) || c == '~' || c == '^') {
        break;
      }
      at++;
    }
    return at;
  }

  private static int lettersEnd(String text, int from) {
    int at = from;
    while (at < text.length() && isLetter(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }
}
