package graft.version;

import java.util.List;

/// `NUMBER{.NUMBER}{LETTER}{_SUFFIX{NUMBER}}{~HASH}{-rNUMBER}`, read part by part from both at
/// once.
final class ApkOrder {
  /// The parts in the order in which they may follow each other. Where one version goes on with an
  /// earlier part than the other, it is the newer: `1.2.1` after `1.2a` after `1.2`.
  private enum Part {
    FIRST,
    NUMBER,
    LETTER,
    SUFFIX,
    SUFFIX_NUMBER,
    HASH,
    REVISION,
    END,
    /// What apk refuses: older than all that it reads.
    INVALID
  }

  /// Those before [#RELEASE] come before the version without a suffix.
  private static final List<String> SUFFIXES =
      List.of("alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p");

  private static final int RELEASE = 4;

  private ApkOrder() {}

  static int compare(String a, String b) {
    Reader x = new Reader(a);
    Reader y = new Reader(b);
    while (x.part == y.part && x.part.compareTo(Part.END) < 0) {
      int difference = x.compareValue(y);
      if (difference != 0) {
        return difference;
      }
      x.next();
      y.next();
    }
    if (x.part == y.part) {
      // Both have ended, or neither can be read on from here; then the texts decide, so that only
      // equal texts are equal.
      return x.part == Part.END ? 0 : x.rest().compareTo(y.rest());
    }
    if (x.isBeforeRelease() || y.isBeforeRelease()) {
      return x.isBeforeRelease() ? -1 : 1;
    }
    return y.part.compareTo(x.part);
  }

  private static final class Reader {
    private final String text;
    private int from;
    private int end;
    private int suffix;
    private Part part = Part.FIRST;

    Reader(String text) {
      this.text = text;
      this.end = Digits.end(text, 0);
      if (end == 0) {
        part = Part.INVALID;
      }
    }

    String rest() {
      return text.substring(from);
    }

    boolean isBeforeRelease() {
      return part == Part.SUFFIX && suffix < RELEASE;
    }

    private void take(Part which, int start, int stop) {
      part = which;
      from = start;
      end = stop;
    }

    void next() {
      int at = end;
      if (at >= text.length()) {
        take(Part.END, at, at);
        return;
      }
      char c = text.charAt(at);
      if (part == Part.SUFFIX && Digits.is(c)) {
        take(Part.SUFFIX_NUMBER, at, Digits.end(text, at));
      } else if (c == '.' && part.compareTo(Part.NUMBER) <= 0 && digitAt(at + 1)) {
        take(Part.NUMBER, at + 1, Digits.end(text, at + 1));
      } else if (c >= 'a' && c <= 'z' && part.compareTo(Part.NUMBER) <= 0) {
        take(Part.LETTER, at, at + 1);
      } else if (c == '_' && part.compareTo(Part.SUFFIX_NUMBER) <= 0) {
        suffix(at + 1);
      } else if (c == '~' && part.compareTo(Part.HASH) < 0 && hashEnd(at + 1) > at + 1) {
        take(Part.HASH, at + 1, hashEnd(at + 1));
      } else if (text.startsWith("-r", at)
          && part.compareTo(Part.REVISION) < 0
          && digitAt(at + 2)) {
        take(Part.REVISION, at + 2, Digits.end(text, at + 2));
      } else {
        take(Part.INVALID, at, at);
      }
    }

    private boolean digitAt(int at) {
      return Digits.end(text, at) > at;
    }

    private int hashEnd(int start) {
      int at = start;
      while (at < text.length() && Character.digit(text.charAt(at), 16) >= 0) {
        at++;
      }
      return at;
    }

    private void suffix(int start) {
      int stop = start;
      while (stop < text.length() && text.charAt(stop) >= 'a' && text.charAt(stop) <= 'z') {
        stop++;
      }
      suffix = stop - start > 5 ? -1 : SUFFIXES.indexOf(text.substring(start, stop));
      if (suffix < 0) {
        take(Part.INVALID, start - 1, start - 1);
      } else {
        take(Part.SUFFIX, start, stop);
      }
    }

    /// Of two parts of the same kind.
    int compareValue(Reader other) {
      return switch (part) {
        case FIRST, SUFFIX_NUMBER, REVISION -> byValue(other);
        case NUMBER ->
            text.charAt(from) == '0' || other.text.charAt(other.from) == '0'
                // A fraction: 1.02 is before 1.1.
                ? byText(other)
                : byValue(other);
        case LETTER, HASH -> byText(other);
        case SUFFIX -> Integer.compare(suffix, other.suffix);
        case END, INVALID -> 0;
      };
    }

    private int byValue(Reader other) {
      return Digits.compare(text, from, end, other.text, other.from, other.end);
    }

    private int byText(Reader other) {
      return text.substring(from, end).compareTo(other.text.substring(other.from, other.end));
    }
  }
}
