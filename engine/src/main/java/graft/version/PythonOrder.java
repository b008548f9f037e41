package graft.version;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Read by hand: a regular expression of this size recurses as deep as a stranger's version is
/// long.
final class PythonOrder {
  private PythonOrder() {}

  static int compare(String a, String b) {
    Reader x = new Reader(a);
    Reader y = new Reader(b);
    if (!x.valid || !y.valid) {
      // Before PEP 440 anything was a version; such ones come before all others.
      return x.valid == y.valid ? x.text.compareTo(y.text) : x.valid ? 1 : -1;
    }
    int difference = Digits.compare(x.epoch, y.epoch);
    difference = difference != 0 ? difference : releases(x.release, y.release);
    difference = difference != 0 ? difference : Integer.compare(x.phase(), y.phase());
    difference = difference != 0 ? difference : Digits.compare(x.pre, y.pre);
    difference = difference != 0 ? difference : Boolean.compare(x.hasPost, y.hasPost);
    difference = difference != 0 ? difference : Digits.compare(x.post, y.post);
    difference = difference != 0 ? difference : Boolean.compare(y.hasDev, x.hasDev);
    difference = difference != 0 ? difference : Digits.compare(x.dev, y.dev);
    return difference != 0 ? difference : locals(x.local, y.local);
  }

  private static int releases(List<String> a, List<String> b) {
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      int difference = Digits.compare(i < a.size() ? a.get(i) : "", i < b.size() ? b.get(i) : "");
      if (difference != 0) {
        return difference;
      }
    }
    return 0;
  }

  /// Numbers by value and after words; fewer before more.
  private static int locals(List<String> a, List<String> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      boolean number = Digits.all(a.get(i));
      if (number != Digits.all(b.get(i))) {
        return number ? 1 : -1;
      }
      int difference = number ? Digits.compare(a.get(i), b.get(i)) : a.get(i).compareTo(b.get(i));
      if (difference != 0) {
        return difference;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  private static final class Reader {
    private static final int DEV_ALONE = 0;
    private static final int FINAL = 4;

    /// Longer words first, so that none hides another.
    private static final List<String> PRE =
        List.of("alpha", "beta", "preview", "pre", "rc", "a", "b", "c");

    private static final List<String> POST = List.of("post", "rev", "r");

    private final String text;
    private int at;
    private final boolean valid;
    private String epoch = "";
    private final List<String> release = new ArrayList<>();

    /// 1 alpha, 2 beta, 3 candidate, 0 none.
    private int preKind;

    private String pre = "";
    private boolean hasPost;
    private String post = "";
    private boolean hasDev;
    private String dev = "";
    private final List<String> local = new ArrayList<>();

    Reader(String version) {
      text = version.strip().toLowerCase(Locale.ROOT);
      valid = read();
    }

    /// Development releases of the release itself come before its alphas.
    int phase() {
      if (preKind > 0) {
        return preKind;
      }
      return hasDev && !hasPost ? DEV_ALONE : FINAL;
    }

    private boolean read() {
      at = text.startsWith("v") ? 1 : 0;
      String first = digits();
      if (first.isEmpty()) {
        return false;
      }
      if (peek() == '!') {
        epoch = first;
        at++;
        first = digits();
        if (first.isEmpty()) {
          return false;
        }
      }
      release.add(first);
      while (peek() == '.' && Digits.end(text, at + 1) > at + 1) {
        at++;
        release.add(digits());
      }
      readPre();
      readPost();
      readDev();
      return at == text.length() || readLocal();
    }

    private void readPre() {
      String word = word(PRE);
      if (!word.isEmpty()) {
        preKind = word.startsWith("a") ? 1 : word.startsWith("b") ? 2 : 3;
        pre = number();
      }
    }

    private void readPost() {
      if (peek() == '-' && Digits.end(text, at + 1) > at + 1) {
        at++;
        hasPost = true;
        post = digits();
      } else if (!word(POST).isEmpty()) {
        hasPost = true;
        post = number();
      }
    }

    private void readDev() {
      if (!word(List.of("dev")).isEmpty()) {
        hasDev = true;
        dev = number();
      }
    }

    private boolean readLocal() {
      if (peek() != '+') {
        return false;
      }
      do {
        at++;
        int from = at;
        while (Digits.is(peek()) || peek() >= 'a' && peek() <= 'z') {
          at++;
        }
        if (at == from) {
          return false;
        }
        local.add(text.substring(from, at));
      } while (isSeparator(peek()));
      return at == text.length();
    }

    private char peek() {
      return at < text.length() ? text.charAt(at) : 0;
    }

    private static boolean isSeparator(char c) {
      return c == '-' || c == '_' || c == '.';
    }

    private String digits() {
      int from = at;
      at = Digits.end(text, at);
      return text.substring(from, at);
    }

    /// One of these words, with or without a separator before it, or nothing.
    private String word(List<String> words) {
      int from = isSeparator(peek()) ? at + 1 : at;
      for (String word : words) {
        if (text.startsWith(word, from)) {
          at = from + word.length();
          return word;
        }
      }
      return "";
    }

    /// The number of a word, which may be parted from it; none is 0.
    private String number() {
      at += isSeparator(peek()) ? 1 : 0;
      return digits();
    }
  }
}
