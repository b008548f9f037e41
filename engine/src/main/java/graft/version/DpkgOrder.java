package graft.version;

final class DpkgOrder {
  private DpkgOrder() {}

  static int compare(String a, String b) {
    return Parts.compare(a, b, DpkgOrder::stretches);
  }

  /// Alternates between stretches of no digits, by [#weight], and of digits, by value.
  private static int stretches(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      while (isOther(a, i) || isOther(b, j)) {
        int difference = weight(a, i) - weight(b, j);
        if (difference != 0) {
          return difference;
        }
        i++;
        j++;
      }
      int aEnd = Digits.end(a, i);
      int bEnd = Digits.end(b, j);
      int byValue = Digits.compare(a, i, aEnd, b, j, bEnd);
      if (byValue != 0) {
        return byValue;
      }
      i = aEnd;
      j = bEnd;
    }
    return 0;
  }

  private static boolean isOther(String text, int at) {
    return at < text.length() && !Digits.is(text.charAt(at));
  }

  /// A tilde comes before the end, letters after it, all else after the letters.
  private static int weight(String text, int at) {
    if (at >= text.length() || Digits.is(text.charAt(at))) {
      return 0;
    }
    char c = text.charAt(at);
    if (c == '~') {
      return -1;
    }
    boolean letter = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z';
    return letter ? c : c + 256;
  }
}
