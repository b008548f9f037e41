package graft.version;

/// Read as generously as npm's `loose`: a `v` before it, missing and further numbers, and a
/// prerelease without its hyphen.
final class SemverOrder {
  private SemverOrder() {}

  static int compare(String a, String b) {
    Parts x = Parts.of(a);
    Parts y = Parts.of(b);
    int byNumbers = numbers(x.numbers, y.numbers);
    if (byNumbers != 0) {
      return byNumbers;
    }
    if (x.prerelease.isEmpty() || y.prerelease.isEmpty()) {
      return Boolean.compare(x.prerelease.isEmpty(), y.prerelease.isEmpty());
    }
    return prereleases(x.prerelease, y.prerelease);
  }

  private record Parts(String numbers, String prerelease) {
    static Parts of(String version) {
      String text = version.strip();
      int from = text.startsWith("=") ? 1 : 0;
      from += text.startsWith("v", from) || text.startsWith("V", from) ? 1 : 0;
      int build = text.indexOf('+', from);
      int end = build < 0 ? text.length() : build;
      int stop = from;
      while (stop < end && (Digits.is(text.charAt(stop)) || text.charAt(stop) == '.')) {
        stop++;
      }
      int prerelease = stop < end && text.charAt(stop) == '-' ? stop + 1 : stop;
      return new Parts(text.substring(from, stop), text.substring(prerelease, end));
    }
  }

  /// Numbers with dots between them; one that is missing is 0.
  private static int numbers(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() || j < b.length()) {
      int aEnd = Digits.end(a, i);
      int bEnd = Digits.end(b, j);
      int difference = Digits.compare(a, i, aEnd, b, j, bEnd);
      if (difference != 0) {
        return difference;
      }
      i = Math.min(aEnd + 1, a.length());
      j = Math.min(bEnd + 1, b.length());
    }
    return 0;
  }

  /// Identifiers with dots between them: numbers by value, and before words; fewer before more.
  private static int prereleases(String a, String b) {
    int i = 0;
    int j = 0;
    while (i < a.length() && j < b.length()) {
      int aEnd = dot(a, i);
      int bEnd = dot(b, j);
      boolean number = Digits.end(a, i) >= aEnd;
      boolean otherNumber = Digits.end(b, j) >= bEnd;
      if (number != otherNumber) {
        return number ? -1 : 1;
      }
      int difference =
          number
              ? Digits.compare(a, i, aEnd, b, j, bEnd)
              : a.substring(i, aEnd).compareTo(b.substring(j, bEnd));
      if (difference != 0) {
        return difference;
      }
      i = aEnd + 1;
      j = bEnd + 1;
    }
    return Boolean.compare(i < a.length(), j < b.length());
  }

  private static int dot(String text, int from) {
    int dot = text.indexOf('.', from);
    return dot < 0 ? text.length() : dot;
  }
}
