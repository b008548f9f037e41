package graft.cli.verb;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A time as people give it: `42m` for so long ago, `2025-01-02T13:23:37`, or seconds since 1970.
/// The API knows only the last.
public final class Moment {
  private static final Pattern STEP = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");

  private Moment() {}

  public static String seconds(Line line, String option) {
    String text = line.text(option);
    if (text.isEmpty() || text.matches("\\d+(\\.\\d+)?")) {
      return text;
    }
    return seconds(text, Instant.now(), ZoneId.systemDefault(), line, option);
  }

  static String seconds(String text, Instant now, ZoneId zone, Line line, String option) {
    Matcher steps = STEP.matcher(text);
    if (text.matches("-?(" + STEP.pattern() + ")+")) {
      Duration ago = Duration.ZERO;
      while (steps.find()) {
        ago = ago.plusNanos((long) (Double.parseDouble(steps.group(1)) * nanos(steps.group(2))));
      }
      return text(text.startsWith("-") ? now.plus(ago) : now.minus(ago));
    }
    String iso = text.replace(' ', 'T').toUpperCase(Locale.ROOT);
    for (Function<String, Instant> form : forms(zone)) {
      Optional<Instant> at = read(form, iso);
      if (at.isPresent()) {
        return text(at.get());
      }
    }
    throw line.refuse(
        option + " " + text + " is no time: give 42m, 2025-01-02T13:23:37 or seconds since 1970");
  }

  private static Optional<Instant> read(Function<String, Instant> form, String text) {
    try {
      return Optional.of(form.apply(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static List<Function<String, Instant>> forms(ZoneId zone) {
    return List.of(
        t -> OffsetDateTime.parse(t).toInstant(),
        t -> LocalDateTime.parse(t).atZone(zone).toInstant(),
        t -> LocalDate.parse(t).atStartOfDay(zone).toInstant());
  }

  private static double nanos(String unit) {
    return switch (unit) {
      case "h" -> 3600e9;
      case "m" -> 60e9;
      case "s" -> 1e9;
      case "ms" -> 1e6;
      case "ns" -> 1;
      default -> 1e3;
    };
  }

  private static String text(Instant at) {
    String nanos = Integer.toString(at.getNano() + 1_000_000_000).substring(1);
    return at.getEpochSecond() + "." + nanos;
  }
}
