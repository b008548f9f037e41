package graft.build.source;

import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;

/// What `--chmod` says: an octal number, or clauses as chmod(1) takes them (`u=rwX,go-w`).
public final class Modes {
  private record Clause(int who, char operator, String permissions) {}

  private static final int ALL = 07777;

  private final int number;
  private final List<Clause> clauses;

  private Modes(int number, List<Clause> clauses) {
    this.number = number;
    this.clauses = clauses;
  }

  public static Modes parse(String text) {
    if (text.matches("[0-7]{1,5}")) {
      int number = Integer.parseInt(text, 8);
      if (number > ALL) {
        throw bad(text);
      }
      return new Modes(number, List.of());
    }
    List<Clause> clauses = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      int at = 0;
      int who = 0;
      while (at < part.length() && "ugoa".indexOf(part.charAt(at)) >= 0) {
        who |= who(part.charAt(at++));
      }
      if (at == part.length()) {
        throw bad(text);
      }
      while (at < part.length()) {
        char operator = part.charAt(at++);
        int from = at;
        while (at < part.length() && "rwxXstugo".indexOf(part.charAt(at)) >= 0) {
          at++;
        }
        if ("+-=".indexOf(operator) < 0) {
          throw bad(text);
        }
        clauses.add(new Clause(who == 0 ? who('a') : who, operator, part.substring(from, at)));
      }
    }
    return new Modes(-1, clauses);
  }

  private static GraftException bad(String text) {
    return GraftException.invalid(
        "invalid chmod parameter: '"
            + text
            + "'. it should be octal string and between 0 and 07777");
  }

  /// Set-id and sticky bits belong to those whose they are.
  private static int who(char c) {
    return switch (c) {
      case 'u' -> 04700;
      case 'g' -> 02070;
      case 'o' -> 01007;
      default -> ALL;
    };
  }

  public int apply(int mode, boolean directory) {
    if (number >= 0) {
      return number;
    }
    int now = mode & ALL;
    for (Clause clause : clauses) {
      int bits = 0;
      for (char c : clause.permissions().toCharArray()) {
        bits |= bits(c, now, directory);
      }
      bits &= clause.who() | (clause.permissions().contains("t") ? 01000 : 0);
      now =
          switch (clause.operator()) {
            case '+' -> now | bits;
            case '-' -> now & ~bits;
            default -> (now & ~clause.who()) | bits;
          };
    }
    return now;
  }

  private static int bits(char c, int now, boolean directory) {
    return switch (c) {
      case 'r' -> 0444;
      case 'w' -> 0222;
      case 'x' -> 0111;
      case 'X' -> directory || (now & 0111) != 0 ? 0111 : 0;
      case 's' -> 06000;
      case 't' -> 01000;
      case 'u' -> copied(now >> 6);
      case 'g' -> copied(now >> 3);
      default -> copied(now);
    };
  }

  private static int copied(int three) {
    return (three & 7) * 0111;
  }
}
