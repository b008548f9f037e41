package graft.version;

final class RpmOrder {
  private RpmOrder() {}

  static int compare(String a, String b) {
    return Parts.compare(a, b, RpmOrder::segments);
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
