package graft.version;

final class DpkgOrder {
  private DpkgOrder() {}

  static int compare(String a, String b) {
    Parts x = Parts.of(a.strip());
    Parts y = Parts.of(b.strip());
    int byEpoch = Digits.compare(x.epoch, y.epoch);
    if (byEpoch != 0) {
      return byEpoch;
    }
    int byUpstream = stretches(x.upstream, y.upstream);
    return byUpstream != 0 ? byUpstream : stretches(x.revision, y.revision);
  }

  private record Parts(String epoch, String upstream, String revision) {
    static Parts of(String version) {
      int colon = version.indexOf(':');
      // A colon after something else than a number is no epoch's.
      boolean epoch = colon > 0 && Digits.end(version, 0) == colon;
      String rest = epoch ? version.substring(colon + 1) : version;
      int dash = rest.lastIndexOf('-');
      return new Parts(
          epoch ? version.substring(0, colon) : "",
          dash < 0 ? rest : rest.substring(0, dash),
          dash < 0 ? "" : rest.substring(dash + 1));
    }
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
