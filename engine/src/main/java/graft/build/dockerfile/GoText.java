package graft.build.dockerfile;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Texts as Go's library reads and writes them. What a Dockerfile means is defined by these
/// functions: which characters are blanks, what a duration is, how a word is quoted in a message.
public final class GoText {
  private static final Pattern SIZE =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+) ?([kKmMgGtTpP]?)([iI]?)([bB]?)");
  private static final Pattern DURATION_PART =
      Pattern.compile("([0-9]*)(?:\\.([0-9]*))?([^0-9.]*)");

  private GoText() {}

  /// `unicode.IsSpace`
  static boolean isSpace(int c) {
    return switch (c) {
      case '\t', '\n', 0x0b, '\f', '\r', ' ', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f ->
          true;
      case 0x3000 -> true;
      default -> c >= 0x2000 && c <= 0x200a;
    };
  }

  /// `strings.TrimSpace`
  static String trim(String s) {
    int end = s.length();
    while (end > 0 && isSpace(s.charAt(end - 1))) {
      end--;
    }
    return trimLeft(s.substring(0, end));
  }

  static String trimLeft(String s) {
    int start = 0;
    while (start < s.length() && isSpace(s.charAt(start))) {
      start++;
    }
    return s.substring(start);
  }

  /// `%q`: in double quotes, with what cannot be seen escaped.
  public static String quote(String s) {
    StringBuilder out = new StringBuilder("\"");
    s.codePoints()
        .forEach(c -> {
          switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case 7 -> out.append("\\a");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case 0x0b -> out.append("\\v");
            default -> quoteRare(c, out);
          }
        });
    return out.append('"').toString();
  }

  private static void quoteRare(int c, StringBuilder out) {
    if (c < 0x20 || c == 0x7f) {
      out.append(String.format(Locale.ROOT, "\\x%02x", c));
    } else if (c < 0x7f || (c != 0xa0 && c != 0xad && Character.isDefined(c) && !isInvisible(c))) {
      out.appendCodePoint(c);
    } else if (c < 0x10000) {
      out.append(String.format(Locale.ROOT, "\\u%04x", c));
    } else {
      out.append(String.format(Locale.ROOT, "\\U%08x", c));
    }
  }

  private static boolean isInvisible(int c) {
    return Character.isISOControl(c)
        || Character.isSpaceChar(c)
        || Character.getType(c) == Character.FORMAT
        || Character.getType(c) == Character.SURROGATE
        || Character.getType(c) == Character.PRIVATE_USE;
  }

  /// `strconv.ParseBool`; empty for what is neither.
  static Optional<Boolean> bool(String s) {
    return switch (s) {
      case "1", "t", "T", "true", "TRUE", "True" -> Optional.of(true);
      case "0", "f", "F", "false", "FALSE", "False" -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /// `strconv.ParseUint` with 32 bits; empty for what is none. Returned as Java's int, which is
  /// negative from 2³¹ on.
  static Optional<Integer> uint32(String s, int radix) {
    if (s.isEmpty() || s.charAt(0) == '+' || s.charAt(0) == '-' || s.length() > 64) {
      return Optional.empty();
    }
    try {
      return Optional.of(Integer.parseUnsignedInt(s, radix));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// `units.RAMInBytes`: `64m`, `1.5GiB`; powers of 1024. Empty for what is none.
  static Optional<Long> bytes(String s) {
    Matcher m = SIZE.matcher(s.strip());
    if (s.length() > 40 || !m.matches() || (!m.group(3).isEmpty() && m.group(2).isEmpty())) {
      return Optional.empty();
    }
    String unit = m.group(2).toLowerCase(Locale.ROOT);
    int power = unit.isEmpty() ? 0 : "kmgtp".indexOf(unit) + 1;
    String number = m.group(1).endsWith(".") ? m.group(1) + "0" : m.group(1);
    BigDecimal bytes = new BigDecimal(number).multiply(new BigDecimal(1024).pow(power));
    return bytes.compareTo(new BigDecimal(Long.MAX_VALUE)) > 0
        ? Optional.empty()
        : Optional.of(bytes.longValue());
  }

  /// `time.ParseDuration`: `1h30m`, `1.5s`, `-100ms`.
  ///
  /// @throws DockerfileException with Go's words
  static Duration duration(String text) {
    String s = text;
    boolean negative = s.startsWith("-");
    if (s.startsWith("-") || s.startsWith("+")) {
      s = s.substring(1);
    }
    if (s.equals("0")) {
      return Duration.ZERO;
    }
    if (s.isEmpty()) {
      throw badDuration("invalid duration", text);
    }
    BigDecimal total = BigDecimal.ZERO;
    Matcher m = DURATION_PART.matcher(s);
    int at = 0;
    while (at < s.length()) {
      if (!m.find(at) || m.start() != at || m.end() == at || m.end() - at > 60) {
        throw badDuration("invalid duration", text);
      }
      String fraction = m.group(2) == null ? "" : m.group(2);
      if (m.group(1).isEmpty() && fraction.isEmpty()) {
        throw badDuration("invalid duration", text);
      }
      if (m.group(3).isEmpty()) {
        throw badDuration("missing unit in duration", text);
      }
      BigDecimal number = new BigDecimal(("0" + m.group(1)) + "." + fraction + "0");
      total = total.add(number.multiply(new BigDecimal(nanos(m.group(3), text))));
      at = m.end();
    }
    if (total.compareTo(new BigDecimal(Long.MAX_VALUE)) > 0) {
      throw badDuration("invalid duration", text);
    }
    return Duration.ofNanos(negative ? -total.longValue() : total.longValue());
  }

  private static long nanos(String unit, String text) {
    return switch (unit) {
      case "ns" -> 1L;
      case "us", "µs", "μs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      default ->
          throw new DockerfileException(
              "time: unknown unit " + quote(unit) + " in duration " + quote(text));
    };
  }

  private static DockerfileException badDuration(String what, String text) {
    return new DockerfileException("time: " + what + " " + quote(text));
  }

  /// `%q` of a list of strings.
  public static String quote(List<String> texts) {
    return texts.stream().map(GoText::quote).collect(Collectors.joining(" ", "[", "]"));
  }

  /// `%v` of a list of strings.
  public static String list(List<String> texts) {
    return "[" + String.join(" ", texts) + "]";
  }

  /// `%q` of an integer: a character.
  public static String quote(int character) {
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
  public static String quote(Duration duration) {
    return "\"" + duration(duration) + "\"";
  }

  private static String duration(Duration d) {
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
    return new BigDecimal(value).divide(new BigDecimal(unit)).stripTrailingZeros().toPlainString();
  }
}
