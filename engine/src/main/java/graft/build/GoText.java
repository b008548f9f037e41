package graft.build;

import java.util.List;
import java.util.stream.Collectors;

/// Values as Go's `fmt` prints them, for the history of images, whose readers are used to it.
final class GoText {
  private GoText() {}

  /// `%q` of a string.
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> quoted.append("\\\"");
            case '\\' -> quoted.append("\\\\");
            case '\n' -> quoted.append("\\n");
            case '\t' -> quoted.append("\\t");
            case '\r' -> quoted.append("\\r");
            case '\b' -> quoted.append("\\b");
            case '\f' -> quoted.append("\\f");
            case 7 -> quoted.append("\\a");
            case 11 -> quoted.append("\\v");
            default -> {
              if (c < 0x20 || c == 0x7f) {
                quoted.append(String.format("\\x%02x", c));
              } else {
                quoted.appendCodePoint(c);
              }
            }
          }
        });
    return quoted.append('"').toString();
  }

  /// `%q` of a list of strings.
  static String quote(List<String> texts) {
    return texts.stream().map(GoText::quote).collect(Collectors.joining(" ", "[", "]"));
  }

  /// `%v` of a list of strings.
  static String list(List<String> texts) {
    return "[" + String.join(" ", texts) + "]";
  }

  /// `%q` of an integer: a character.
  static String quote(int character) {
    if (character < 0x20 || character == 0x7f) {
      return switch (character) {
        case '\n' -> "'\\n'";
        case '\t' -> "'\\t'";
        case '\r' -> "'\\r'";
        case '\b' -> "'\\b'";
        case '\f' -> "'\\f'";
        case 7 -> "'\\a'";
        case 11 -> "'\\v'";
        default -> String.format("'\\x%02x'", character);
      };
    }
    return character == '\'' || character == '\\'
        ? "'\\" + (char) character + "'"
        : "'" + Character.toString(character) + "'";
  }

  /// `%q` of a duration: `"1m30s"`.
  static String quote(java.time.Duration duration) {
    return "\"" + duration(duration) + "\"";
  }

  private static String duration(java.time.Duration d) {
    long nanos = d.toNanos();
    if (nanos == 0) {
      return "0s";
    }
    if (nanos < 1_000_000_000) {
      return nanos % 1_000_000 == 0
          ? nanos / 1_000_000 + "ms"
          : nanos % 1000 == 0 && nanos >= 1000
              ? fraction(nanos, nanos < 1_000_000 ? 1000 : 1_000_000)
                  + (nanos < 1_000_000 ? "µs" : "ms")
              : nanos + "ns";
    }
    StringBuilder text = new StringBuilder();
    long hours = d.toHours();
    if (hours > 0) {
      text.append(hours).append('h');
    }
    if (d.toMinutes() > 0) {
      text.append(d.toMinutesPart()).append('m');
    }
    return text.append(fraction(nanos % 60_000_000_000L, 1_000_000_000)).append('s').toString();
  }

  private static String fraction(long value, long unit) {
    return new java.math.BigDecimal(value)
        .divide(new java.math.BigDecimal(unit))
        .stripTrailingZeros()
        .toPlainString();
  }
}
