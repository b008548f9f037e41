package graft.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.image.Change.Command;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads [Change]s. Messages are those that Docker's users know.
final class ChangeParser {
  private static final Pattern GO_DURATION =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)");

  private ChangeParser() {}

  static List<Change> parse(String text) {
    List<Change> changes = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String part : text.split("\n", -1)) {
      String stripped = part.strip();
      if (stripped.isEmpty() || stripped.startsWith("#")) {
        continue;
      }
      if (stripped.endsWith("\\")) {
        line.append(stripped, 0, stripped.length() - 1);
        continue;
      }
      line.append(stripped);
      changes.add(instruction(line.toString().strip()));
      line.setLength(0);
    }
    if (!line.toString().isBlank()) {
      changes.add(instruction(line.toString().strip()));
    }
    return changes;
  }

  private static Change instruction(String line) {
    int end = 0;
    while (end < line.length() && !Character.isWhitespace(line.charAt(end))) {
      end++;
    }
    String keyword = line.substring(0, end);
    String rest = line.substring(end).strip();
    String name = keyword.toUpperCase(Locale.ROOT);
    return switch (name) {
      case "CMD" -> new Change.Cmd(command(rest));
      case "ENTRYPOINT" -> {
        required(name, rest);
        yield new Change.Entrypoint(command(rest));
      }
      case "ENV" -> new Change.Env(pairs(name, rest));
      case "LABEL" -> new Change.Label(pairs(name, rest));
      case "EXPOSE" -> {
        required(name, rest);
        yield new Change.Expose(Words.split(rest));
      }
      case "HEALTHCHECK" -> new Change.Health(healthcheck(rest));
      case "ONBUILD" -> new Change.OnBuild(trigger(rest));
      case "STOPSIGNAL" -> new Change.StopSignal(single(name, rest));
      case "USER" -> new Change.User(single(name, rest));
      case "VOLUME" -> {
        required(name, rest);
        yield new Change.Volume(json(rest).orElseGet(() -> Words.split(rest)));
      }
      case "WORKDIR" -> new Change.Workdir(single(name, rest));
      default -> throw GraftException.invalid(keyword + " is not a valid change command");
    };
  }

  private static void required(String name, String rest) {
    if (rest.isEmpty()) {
      throw GraftException.invalid(name + " requires at least one argument");
    }
  }

  private static String single(String name, String rest) {
    if (rest.isEmpty()) {
      throw GraftException.invalid(name + " requires exactly one argument");
    }
    return rest;
  }

  private static Command command(String rest) {
    return json(rest)
        .<Command>map(Command.Exec::new)
        .orElseGet(() -> rest.isEmpty() ? new Command.Exec(List.of()) : new Command.Shell(rest));
  }

  /// A JSON array of texts; empty where it is none, which then is a shell's line.
  private static Optional<List<String>> json(String text) {
    if (!text.startsWith("[")) {
      return Optional.empty();
    }
    try {
      // As one document: anything behind the array makes it a shell's line.
      JsonNode node =
          Json.MAPPER
              .readerFor(JsonNode.class)
              .with(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
              .readValue(text);
      List<String> all = new ArrayList<>();
      for (JsonNode member : node) {
        if (!member.isTextual()) {
          return Optional.empty();
        }
        all.add(member.textValue());
      }
      return Optional.of(all);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /// `k=v k2="v 2"`, or the old `k the rest of the line`.
  private static List<Map.Entry<String, String>> pairs(String name, String rest) {
    required(name, rest);
    List<String> words = Words.split(rest);
    if (!words.getFirst().contains("=")) {
      String key = words.getFirst();
      String value = rest.substring(key.length()).strip();
      if (value.isEmpty()) {
        throw GraftException.invalid(name + " must have two arguments");
      }
      return List.of(Map.entry(key, value));
    }
    List<Map.Entry<String, String>> all = new ArrayList<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw GraftException.invalid(
            "Syntax error - can't find = in \"" + word + "\". Must be of the form: name=value");
      }
      if (equals == 0) {
        throw GraftException.invalid(name + " names can not be blank");
      }
      all.add(Map.entry(word.substring(0, equals), word.substring(equals + 1)));
    }
    return all;
  }

  private static String trigger(String rest) {
    required("ONBUILD", rest);
    String keyword = rest.split("\\s", 2)[0].toUpperCase(Locale.ROOT);
    return switch (keyword) {
      case "ONBUILD" ->
          throw GraftException.invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      case "MAINTAINER", "FROM" ->
          throw GraftException.invalid(keyword + " isn't allowed as an ONBUILD trigger");
      default -> rest;
    };
  }

  private static Healthcheck healthcheck(String text) {
    Duration[] times = {Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO};
    int retries = 0;
    String rest = text;
    while (rest.startsWith("--")) {
      String flag = rest.split("\\s", 2)[0];
      rest = rest.substring(flag.length()).strip();
      int equals = flag.indexOf('=');
      String value = equals < 0 ? "" : flag.substring(equals + 1);
      switch (equals < 0 ? flag : flag.substring(0, equals)) {
        case "--interval" -> times[0] = duration("interval", value);
        case "--timeout" -> times[1] = duration("timeout", value);
        case "--start-period" -> times[2] = duration("start-period", value);
        case "--start-interval" -> times[3] = duration("start-interval", value);
        case "--retries" -> retries = retries(value);
        default -> throw GraftException.invalid("unknown flag: " + flag);
      }
    }
    required("HEALTHCHECK", rest);
    String type = rest.split("\\s", 2)[0];
    String command = rest.substring(type.length()).strip();
    List<String> test = new ArrayList<>();
    switch (type.toUpperCase(Locale.ROOT)) {
      case "NONE" -> {
        if (!command.isEmpty()) {
          throw GraftException.invalid("HEALTHCHECK NONE takes no arguments");
        }
        test.add("NONE");
      }
      case "CMD" -> {
        if (command.isEmpty()) {
          throw GraftException.invalid("Missing command after HEALTHCHECK CMD");
        }
        Optional<List<String>> exec = json(command);
        test.add(exec.isPresent() ? "CMD" : "CMD-SHELL");
        test.addAll(exec.orElse(List.of(command)));
      }
      default ->
          throw GraftException.invalid("Unknown type \"" + type + "\" in HEALTHCHECK (try CMD)");
    }
    return new Healthcheck(test, times[0], times[1], times[2], times[3], retries);
  }

  private static int retries(String value) {
    if (!value.matches("[0-9]{1,9}")) {
      throw GraftException.invalid("--retries must be a number that is not negative: " + value);
    }
    return Integer.parseInt(value);
  }

  /// As Go writes durations: `1h2m3.5s`.
  private static Duration duration(String flag, String text) {
    Matcher m = GO_DURATION.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int at = 0;
    while (text.length() < 40 && m.find() && m.start() == at) {
      long unit =
          switch (m.group(2)) {
            case "ns" -> 1L;
            case "us", "µs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
          };
      nanos = nanos.add(new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(unit)));
      at = m.end();
    }
    boolean zero = text.equals("0");
    if (!zero && (at == 0 || at != text.length())
        || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw GraftException.invalid("time: invalid duration \"" + text + "\"");
    }
    Duration d = Duration.ofNanos(nanos.longValue());
    if (!d.isZero() && d.compareTo(Duration.ofMillis(1)) < 0) {
      throw GraftException.invalid("Interval \"" + flag + "\" cannot be less than 1ms");
    }
    return d;
  }
}
