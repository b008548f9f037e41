package graft.cli.container;

import graft.cli.verb.Line;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The small words of a `run` line: pairs, files of pairs, sizes, durations.
public final class Words {
  private Words() {}

  static List<String> env(Line line) throws IOException {
    List<String> result = new ArrayList<>();
    for (String entry : withFiles(line, "--env", "--env-file")) {
      String value = entry.contains("=") ? null : System.getenv(entry);
      // A name alone that is not set here takes the image's away.
      result.add(value == null ? entry : entry + "=" + value);
    }
    return result;
  }

  /// The entries of the files, then those of the line, which win.
  static List<String> withFiles(Line line, String option, String fileOption) throws IOException {
    List<String> result = new ArrayList<>();
    for (String file : line.list(fileOption)) {
      try {
        for (String entry : Files.readAllLines(Path.of(file))) {
          String stripped = entry.stripLeading();
          if (!stripped.isEmpty() && stripped.charAt(0) != '#') {
            result.add(stripped);
          }
        }
      } catch (NoSuchFileException e) {
        throw new IOException("there is no file " + file + ", which " + fileOption + " names", e);
      }
    }
    result.addAll(line.list(option));
    return result;
  }

  static Map<String, String> pairs(List<String> entries) {
    Map<String, String> result = new LinkedHashMap<>();
    for (String entry : entries) {
      int equals = entry.indexOf('=');
      result.put(
          equals < 0 ? entry : entry.substring(0, equals),
          equals < 0 ? "" : entry.substring(equals + 1));
    }
    return result;
  }

  /// 64m, 1.5g, 100kb, 2GiB, in powers of 1024; -1 is for ever.
  public static long bytes(String text) {
    String lower = text.toLowerCase(Locale.ROOT).strip();
    for (String tail : List.of("ib", "b")) {
      if (lower.endsWith(tail) && lower.length() > tail.length()) {
        lower = lower.substring(0, lower.length() - tail.length());
        break;
      }
    }
    int power = lower.isEmpty() ? 0 : " kmgtp".indexOf(lower.charAt(lower.length() - 1));
    String number = power > 0 ? lower.substring(0, lower.length() - 1).strip() : lower;
    try {
      BigDecimal value = new BigDecimal(number);
      if (value.signum() < 0 && (power > 0 || !number.equals("-1"))) {
        throw new NumberFormatException();
      }
      return value.multiply(BigDecimal.valueOf(1L << (10 * Math.max(power, 0)))).longValue();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("'" + text + "' is no size such as 64m or 2g", e);
    }
  }

  /// 1m30s, 500ms, in nanoseconds.
  static long nanos(String text) {
    java.util.regex.Matcher step =
        java.util.regex.Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|ms|s|m|h)").matcher(text);
    double total = 0;
    int end = 0;
    while (step.find() && step.start() == end) {
      double unit =
          switch (step.group(2)) {
            case "h" -> 3600e9;
            case "m" -> 60e9;
            case "s" -> 1e9;
            case "ms" -> 1e6;
            case "us" -> 1e3;
            default -> 1;
          };
      total += Double.parseDouble(step.group(1)) * unit;
      end = step.end();
    }
    if (end != text.length() || (end == 0 && !text.equals("0"))) {
      throw new IllegalArgumentException("'" + text + "' is no duration such as 30s or 1m30s");
    }
    return (long) total;
  }
}
