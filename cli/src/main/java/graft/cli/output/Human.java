package graft.cli.output;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.TimeZone;

/// Sizes and times in the words docker uses.
public final class Human {
  private static final String[] DECIMAL = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Human() {}

  /// Three significant digits in powers of 1000.
  public static String size(long bytes) {
    return size(bytes, 3);
  }

  public static String size(long bytes, int digits) {
    BigDecimal value = BigDecimal.valueOf(bytes);
    int unit = 0;
    while (value.abs().compareTo(BigDecimal.valueOf(1000)) >= 0 && unit < DECIMAL.length - 1) {
      value = value.movePointLeft(3);
      unit++;
    }
    BigDecimal rounded = value.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    if (rounded.signum() == 0) {
      return "0B";
    }
    return rounded.stripTrailingZeros().toPlainString() + DECIMAL[unit];
  }

  /// Powers of 1024, as the memory of containers is counted.
  public static String binary(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(4, RoundingMode.HALF_EVEN));
    return (rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString())
        + units[unit];
  }

  /// As Go prints a time: `2025-01-02 13:23:37 +0100 CET`.
  public static String moment(long epochSeconds, ZoneId zone) {
    ZonedDateTime at = Instant.ofEpochSecond(epochSeconds).atZone(zone);
    String offset = at.getOffset().getId().replace(":", "").replace("Z", "+0000");
    String name =
        TimeZone.getTimeZone(zone)
            .getDisplayName(
                zone.getRules().isDaylightSavings(at.toInstant()), TimeZone.SHORT, Locale.ENGLISH);
    return String.format(
        Locale.ROOT,
        "%04d-%02d-%02d %02d:%02d:%02d %s %s",
        at.getYear(),
        at.getMonthValue(),
        at.getDayOfMonth(),
        at.getHour(),
        at.getMinute(),
        at.getSecond(),
        offset,
        name);
  }

  public static String moment(long epochSeconds) {
    return moment(epochSeconds, ZoneId.systemDefault());
  }

  public static String ago(long epochSeconds) {
    return duration(Duration.between(Instant.ofEpochSecond(epochSeconds), Instant.now())) + " ago";
  }

  public static String duration(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    long minutes = seconds / 60;
    long hours = Math.round(seconds / 3600.0);
    if (seconds < 1) {
      return "Less than a second";
    } else if (seconds == 1) {
      return "1 second";
    } else if (seconds < 60) {
      return seconds + " seconds";
    } else if (minutes == 1) {
      return "About a minute";
    } else if (minutes < 60) {
      return minutes + " minutes";
    } else if (hours == 1) {
      return "About an hour";
    } else if (hours < 48) {
      return hours + " hours";
    } else if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    } else if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    } else if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return hours / 24 / 365 + " years";
  }

  /// The first twelve digits of an ID, without its algorithm.
  public static String shortId(String id) {
    String digits = id.substring(id.indexOf(':') + 1);
    return digits.length() > 12 ? digits.substring(0, 12) : digits;
  }

  public static String ellipsis(String text, int length) {
    if (text.codePointCount(0, text.length()) <= length) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, length - 1)) + "…";
  }
}
