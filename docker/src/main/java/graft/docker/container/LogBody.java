package graft.docker.container;

import graft.container.ContainerSpec.LogConfig;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.log.LogInfo;
import graft.log.Syslog;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// `HostConfig.LogConfig`: which driver, and its options. What dockerd finds wrong only when it
/// starts the container is said when it is made.
final class LogBody {
  private static final Set<String> CHOICE =
      Set.of("labels", "labels-regex", "env", "env-regex", "tag");
  private static final Set<String> FILES = Set.of("max-size", "max-file", "compress");
  private static final Set<String> SYSLOG =
      Set.of(
          "syslog-address",
          "syslog-facility",
          "syslog-format",
          "syslog-tls-ca-cert",
          "syslog-tls-cert",
          "syslog-tls-key",
          "syslog-tls-skip-verify");

  /// Of every driver.
  private static final Set<String> MODE = Set.of("mode", "max-buffer-size");

  private static final String FAILED = "failed to initialize logging driver: ";

  private LogBody() {}

  private static Set<String> known(String driver) {
    List<Set<String>> sets =
        switch (driver) {
          case "json-file" -> List.of(CHOICE, FILES);
          case "local" -> List.of(FILES);
          case "syslog" -> List.of(CHOICE, SYSLOG);
          case "journald" -> List.of(CHOICE);
          default ->
              throw GraftException.invalid(
                  "error looking up logging plugin "
                      + driver
                      + ": plugin \""
                      + driver
                      + "\" not found");
        };
    Set<String> all = new HashSet<>(MODE);
    sets.forEach(all::addAll);
    return all;
  }

  static LogConfig read(Fields log) {
    String driver = log.text("Type").isEmpty() ? "json-file" : log.text("Type");
    Map<String, String> options = log.map("Config");
    checkMode(options);
    if (driver.equals("none")) {
      // Docker takes any option here: there is nothing for it to change.
      return new LogConfig(driver, 0, 1, options);
    }
    for (String option : options.keySet()) {
      if (!known(driver).contains(option)) {
        throw GraftException.invalid(
            driver.equals("local")
                ? "unknown log opt '" + option + "' for log driver local"
                : "unknown log opt '" + option + "' for " + driver + " log driver");
      }
      if (option.startsWith("syslog-tls-")) {
        throw Refusal.of("the log option " + option);
      }
    }
    Set<String> drivers = known(driver);
    if (drivers.containsAll(SYSLOG)) {
      Syslog.of(options);
    }
    new LogInfo("", "", "", "", List.of(), "", options, Map.of(), List.of()).check();
    return new LogConfig(driver, size(options), fileCount(options), options);
  }

  /// A container never waits for its log here, in neither mode: it is written to a file first, and
  /// nothing of it is dropped.
  private static void checkMode(Map<String, String> options) {
    String mode = options.getOrDefault("mode", "blocking");
    if (!Set.of("", "blocking", "non-blocking").contains(mode)) {
      throw GraftException.invalid("logger: logging mode not supported: " + mode);
    }
    if (options.containsKey("max-buffer-size")) {
      if (!mode.equals("non-blocking")) {
        throw GraftException.invalid(
            "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
      }
      bytes(options.getOrDefault("max-buffer-size", ""));
    }
  }

  private static int fileCount(Map<String, String> options) {
    String value = options.getOrDefault("max-file", "");
    boolean compress = truth(options.getOrDefault("compress", "false"));
    if (compress) {
      throw Refusal.of("the log option compress=true");
    }
    if (value.isEmpty()) {
      return LogConfig.DEFAULT.maxFiles();
    }
    if (!value.matches("-?[0-9]{1,9}")) {
      throw GraftException.invalid(
          FAILED + "strconv.Atoi: parsing \"" + value + "\": invalid syntax");
    }
    if (Integer.parseInt(value) < 1) {
      throw GraftException.invalid(FAILED + "max-file cannot be less than 1");
    }
    return Math.min(Integer.parseInt(value), 999);
  }

  private static boolean truth(String value) {
    return switch (value) {
      case "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default ->
          throw GraftException.invalid(
              FAILED + "strconv.ParseBool: parsing \"" + value + "\": invalid syntax");
    };
  }

  private static long size(Map<String, String> options) {
    String value = options.getOrDefault("max-size", "");
    if (value.isEmpty()) {
      return LogConfig.DEFAULT.maxSize();
    }
    return value.equals("-1") ? Long.MAX_VALUE : bytes(value);
  }

  /// `10m`, `1.5g`: bytes, in powers of 1024.
  private static long bytes(String value) {
    String text = value.toLowerCase(Locale.ROOT).strip().replaceFirst("i?b$", "");
    int unit = text.isEmpty() ? -1 : "kmgt".indexOf(text.charAt(text.length() - 1));
    String number = unit < 0 ? text : text.substring(0, text.length() - 1).strip();
    if (!number.matches("[0-9]{1,9}(\\.[0-9]{1,9})?") || Double.parseDouble(number) == 0) {
      throw GraftException.invalid(FAILED + "invalid size: '" + value + "'");
    }
    return (long) (Double.parseDouble(number) * (1L << 10 * (unit + 1)));
  }
}
