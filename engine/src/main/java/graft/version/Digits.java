package graft.version;

/// Numbers as they stand in versions: of any length, compared without being computed.
final class Digits {
  private Digits() {}

  static boolean is(char c) {
    return c >= '0' && c <= '9';
  }

  /// Whether there is nothing else, and something.
  static boolean all(String text) {
    return !text.isEmpty() && end(text, 0) == text.length();
  }

  /// Where the digits end that begin here.
  static int end(String text, int from) {
    int at = from;
    while (at < text.length() && is(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /// Two texts of digits by value; an empty one is 0.
  static int compare(String a, String b) {
    return compare(a, 0, a.length(), b, 0, b.length());
  }

  /// Stretches of digits by value; an empty one is 0.
  static int compare(String a, int aFrom, int aEnd, String b, int bFrom, int bEnd) {
    int i = significant(a, aFrom, aEnd);
    int j = significant(b, bFrom, bEnd);
    if (aEnd - i != bEnd - j) {
      return Integer.compare(aEnd - i, bEnd - j);
    }
    for (; i < aEnd; i++, j++) {
      if (a.charAt(i) != b.charAt(j)) {
        return Character.compare(a.charAt(i), b.charAt(j));
      }
    }
    return 0;
  }

  private static int significant(String text, int from, int end) {
    int at = from;
    while (at < end && text.charAt(at) == '0') {
      at++;
    }
    return at;
  }
}
