package graft.version;

import java.util.ArrayList;
import java.util.List;

final class GemOrder {
  private GemOrder() {}

  static int compare(String a, String b) {
    List<String> x = segments(a);
    List<String> y = segments(b);
    for (int i = 0; i < Math.max(x.size(), y.size()); i++) {
      String s = i < x.size() ? x.get(i) : "0";
      String t = i < y.size() ? y.get(i) : "0";
      boolean number = Digits.all(s);
      if (number != Digits.all(t)) {
        // A word makes a prerelease.
        return number ? 1 : -1;
      }
      int difference = number ? Digits.compare(s, t) : s.compareTo(t);
      if (difference != 0) {
        return difference;
      }
    }
    return 0;
  }

  /// Numbers and words, without the zeros that end the numbers before the first word, and without
  /// those that end it all.
  private static List<String> segments(String version) {
    List<String> all = new ArrayList<>();
    boolean word = false;
    int at = 0;
    while (at < version.length()) {
      char c = version.charAt(at);
      int end = Digits.is(c) ? Digits.end(version, at) : lettersEnd(version, at);
      if (c == '-') {
        word = addWord(all, word, "pre");
        end = at + 1;
      } else if (end == at) {
        end = at + 1;
      } else if (Digits.is(c)) {
        all.add(version.substring(at, end));
      } else {
        word = addWord(all, word, version.substring(at, end));
      }
      at = end;
    }
    dropZeros(all);
    return all;
  }

  private static boolean addWord(List<String> all, boolean hasWord, String word) {
    if (!hasWord) {
      dropZeros(all);
    }
    all.add(word);
    return true;
  }

  private static void dropZeros(List<String> all) {
    while (!all.isEmpty() && Digits.all(all.getLast()) && Digits.compare(all.getLast(), "") == 0) {
      all.removeLast();
    }
  }

  private static int lettersEnd(String text, int from) {
    int at = from;
    while (at < text.length()
        && (text.charAt(at) >= 'a' && text.charAt(at) <= 'z'
            || text.charAt(at) >= 'A' && text.charAt(at) <= 'Z')) {
      at++;
    }
    return at;
  }
}
