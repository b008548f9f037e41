package graft.docker;

import graft.error.GraftException;
import graft.trash.Trash;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `trash-time` and `trash-size`: what is kept of removed things. Little and not for long, unless
/// somebody asks for more: who removes something wants the room.
final class TrashOptions {
  private static final Duration USUAL_TIME = Duration.ofHours(1);
  private static final long USUAL_SIZE = 1L << 30;
  private static final Pattern TIME = Pattern.compile("([0-9]{1,6})([smhd])");
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})([kmgt]?)b?");

  private TrashOptions() {}

  static Trash.Limits of(Map<String, String> values) {
    String time = values.getOrDefault("trash-time", "");
    String size = values.getOrDefault("trash-size", "");
    return new Trash.Limits(
        time.isEmpty() ? USUAL_TIME : time("trash-time", time),
        size.isEmpty()
            ? usualSize(Path.of(values.getOrDefault("data-root", "/var/lib/graft")))
            : size("trash-size", size));
  }

  /// @param option for messages
  static Duration time(String option, String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher m = TIME.matcher(text);
    if (!m.matches()) {
      throw GraftException.invalid(
          option + " " + text + " is no time: it is 0, or a number with s, m, h or d, as 2h");
    }
    long n = Long.parseLong(m.group(1));
    return switch (m.group(2)) {
      case "s" -> Duration.ofSeconds(n);
      case "m" -> Duration.ofMinutes(n);
      case "h" -> Duration.ofHours(n);
      default -> Duration.ofDays(n);
    };
  }

  /// @param option that it is the value of
  static long size(String option, String text) {
    Matcher m = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    if (!m.matches()) {
      throw GraftException.invalid(
          option
              + " "
              + text
              + " is no size: it is 0, or a number of bytes or with k, m, g or t, as 500m");
    }
    int unit = m.group(2).isEmpty() ? 0 : "kmgt".indexOf(m.group(2)) + 1;
    try {
      return Math.multiplyExact(Long.parseLong(m.group(1)), 1L << 10 * unit);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  /// 1 GiB, or a twentieth of the disk where that is less.
  private static long usualSize(Path dataRoot) {
    Path there = dataRoot.toAbsolutePath();
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    try {
      FileStore disk = Files.getFileStore(there);
      return Math.min(USUAL_SIZE, disk.getTotalSpace() / 20);
    } catch (IOException e) {
      return USUAL_SIZE;
    }
  }
}
