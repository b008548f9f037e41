package graft.docker.json;

import graft.error.GraftException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Times as Go writes them: RFC 3339, the fraction without trailing zeros.
public final class GoTime {
  /// What Go writes for a time that was never set.
  public static final String ZERO = "0001-01-01T00:00:00Z";

  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

  private static final Pattern PERIOD = Pattern.compile("([0-9]{1,9})(h|ms|m|s)");

  private GoTime() {}

  public static String of(Instant time) {
    if (time.equals(Instant.EPOCH)) {
      return ZERO;
    }
    String text = SECONDS.format(time);
    int nanos = time.getNano();
    if (nanos == 0) {
      return text + "Z";
    }
    String fraction = String.format("%09d", nanos);
    int end = fraction.length();
    while (fraction.charAt(end - 1) == '0') {
      end--;
    }
    return text + "." + fraction.substring(0, end) + "Z";
  }

  /// What the filter `until` takes: how long ago (`24h`, `1h30m`), `seconds[.nanos]`, RFC 3339, or
  /// the beginning of that (`2026-11-26`), which is UTC.
  public static Instant orAgo(String text) {
    Optional<Duration> ago = duration(text);
    if (ago.isPresent()) {
      return Instant.now().minus(ago.get());
    }
    try {
      return parse(completed(text));
    } catch (GraftException e) {
      throw new GraftException(
          e.kind(), "failed to parse value as time or duration: \"" + text + "\"", e);
    }
  }

  private static Optional<Duration> duration(String text) {
    Matcher m = PERIOD.matcher(text);
    Duration all = Duration.ZERO;
    int at = 0;
    while (m.find() && m.start() == at) {
      long n = Long.parseLong(m.group(1));
      all =
          all.plus(
              switch (m.group(2)) {
                case "h" -> Duration.ofHours(n);
                case "m" -> Duration.ofMinutes(n);
                case "s" -> Duration.ofSeconds(n);
                default -> Duration.ofMillis(n);
              });
      at = m.end();
    }
    return at > 0 && at == text.length() ? Optional.of(all) : Optional.empty();
  }

  private static String completed(String text) {
    if (text.matches("\\d{4}-\\d\\d-\\d\\d")) {
      return text + "T00:00:00Z";
    }
    if (text.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d")) {
      return text + ":00Z";
    }
    return text.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?") ? text + "Z" : text;
  }

  /// `seconds[.nanos]` or RFC 3339, as `since` and `until` come; empty or `0` is [Instant#EPOCH].
  public static Instant parse(String text) {
    if (text.isEmpty() || text.equals("0")) {
      return Instant.EPOCH;
    }
    try {
      if (text.matches("-?[0-9]+(\\.[0-9]*)?")) {
        int dot = text.indexOf('.');
        long seconds = Long.parseLong(dot < 0 ? text : text.substring(0, dot));
        String fraction = dot < 0 ? "" : text.substring(dot + 1);
        long nanos =
            fraction.isEmpty() ? 0 : Long.parseLong((fraction + "000000000").substring(0, 9));
        return Instant.ofEpochSecond(seconds, nanos);
      }
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException | NumberFormatException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "strconv.ParseInt: parsing \"" + text + "\": invalid syntax",
          e);
    }
  }
}
