package graft.cli.output;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.Instant;

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
