package graft.version;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A version is a list of numbers and qualifiers whose last member may be another such list: a
/// hyphen, or a change between digits and letters, begins one. So it is a chain of levels, and both
/// chains are walked at once; recursion would go as deep as a stranger's version has hyphens.
final class MavenOrder {
  /// In their order; "" is the release itself, and what is not here comes after all of them.
  private static final List<String> QUALIFIERS =
      List.of("alpha", "beta", "milestone", "rc", "snapshot", "", "sp");

  private static final int RELEASE = QUALIFIERS.indexOf("");

  private MavenOrder() {}

  static int compare(String a, String b) {
    List<List<String>> x = levels(a);
    List<List<String>> y = levels(b);
    int level = 0;
    int at = 0;
    while (true) {
      Kind kind = kind(x, level, at);
      Kind other = kind(y, level, at);
      if (kind == Kind.NOTHING && other == Kind.NOTHING) {
        return 0;
      }
      if (kind == Kind.NOTHING || other == Kind.NOTHING) {
        int difference =
            kind == Kind.NOTHING ? -withNothing(y, level, at) : withNothing(x, level, at);
        if (difference != 0) {
          return difference;
        }
        at++;
        continue;
      }
      if (kind != other) {
        return kind.compareTo(other);
      }
      if (kind == Kind.LEVEL) {
        level++;
        at = 0;
        continue;
      }
      String s = x.get(level).get(at);
      String t = y.get(level).get(at);
      int difference = kind == Kind.NUMBER ? Digits.compare(s, t) : qualifiers(s, t);
      if (difference != 0) {
        return difference;
      }
      at++;
    }
  }

  /// What is at a place, in the order in which unlike things are compared.
  private enum Kind {
    NOTHING,
    QUALIFIER,
    LEVEL,
    NUMBER
  }

  private static Kind kind(List<List<String>> levels, int level, int at) {
    if (level >= levels.size()) {
      return Kind.NOTHING;
    }
    List<String> items = levels.get(level);
    if (at < items.size()) {
      return Digits.all(items.get(at)) ? Kind.NUMBER : Kind.QUALIFIER;
    }
    return at == items.size() && level + 1 < levels.size() ? Kind.LEVEL : Kind.NOTHING;
  }

  /// One item, or one level with those below it, compared with a version that has ended.
  private static int withNothing(List<List<String>> levels, int level, int at) {
    if (kind(levels, level, at) != Kind.LEVEL) {
      return withNothing(levels.get(level).get(at));
    }
    for (List<String> below : levels.subList(level + 1, levels.size())) {
      for (String item : below) {
        int difference = withNothing(item);
        if (difference != 0) {
          return difference;
        }
      }
    }
    return 0;
  }

  private static int withNothing(String item) {
    return Digits.all(item) ? Digits.compare(item, "") : qualifiers(item, "");
  }

  private static int qualifiers(String a, String b) {
    int i = QUALIFIERS.indexOf(a);
    int j = QUALIFIERS.indexOf(b);
    if (i < 0 && j < 0) {
      return a.compareTo(b);
    }
    return i < 0 ? 1 : j < 0 ? -1 : Integer.compare(i, j);
  }

  private static List<List<String>> levels(String version) {
    String text = version.toLowerCase(Locale.ROOT);
    List<List<String>> levels = new ArrayList<>();
    levels.add(new ArrayList<>());
    int from = 0;
    // Also the digits before a dot make what follows it begin as a number, as in the reference.
    boolean digits = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.' || c == '-') {
        levels.getLast().add(i == from ? "0" : item(digits, text.substring(from, i)));
        from = i + 1;
        if (c == '-') {
          levels.add(new ArrayList<>());
        }
      } else if (Digits.is(c)) {
        if (!digits && i > from) {
          beginLevel(levels);
          levels.getLast().add(shorthand(text.substring(from, i)));
          levels.add(new ArrayList<>());
          from = i;
        }
        digits = true;
      } else {
        if (digits && i > from) {
          levels.getLast().add(item(true, text.substring(from, i)));
          levels.add(new ArrayList<>());
          from = i;
        }
        digits = false;
      }
    }
    if (from < text.length()) {
      if (!digits) {
        beginLevel(levels);
      }
      levels.getLast().add(item(digits, text.substring(from)));
    }
    return trimmed(levels);
  }

  /// `.X` means `-X` for a qualifier.
  private static void beginLevel(List<List<String>> levels) {
    if (!levels.getLast().isEmpty()) {
      levels.add(new ArrayList<>());
    }
  }

  private static String item(boolean digits, String text) {
    return digits ? text : canonical(text);
  }

  /// A letter right before a digit.
  private static String shorthand(String qualifier) {
    return switch (qualifier) {
      case "a" -> "alpha";
      case "b" -> "beta";
      case "m" -> "milestone";
      default -> canonical(qualifier);
    };
  }

  private static String canonical(String qualifier) {
    return switch (qualifier) {
      case "ga", "final", "release" -> "";
      case "cr" -> "rc";
      default -> qualifier;
    };
  }

  /// Without the zeros and releases that end each level, and without the levels left empty at the
  /// end.
  private static List<List<String>> trimmed(List<List<String>> levels) {
    for (List<String> items : levels) {
      while (!items.isEmpty() && isNull(items.getLast())) {
        items.removeLast();
      }
    }
    while (!levels.isEmpty() && levels.getLast().isEmpty()) {
      levels.removeLast();
    }
    return levels;
  }

  private static boolean isNull(String item) {
    return Digits.all(item) ? Digits.compare(item, "") == 0 : QUALIFIERS.indexOf(item) == RELEASE;
  }
}
