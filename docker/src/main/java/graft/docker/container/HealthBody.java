package graft.docker.container;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Health;
import graft.docker.json.Fields;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.oci.ImageConfig.Healthcheck;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// Health checks as requests and answers have them: durations are nanoseconds, and what is zero is
/// left out.
final class HealthBody {
  private static final long MILLISECOND = 1_000_000;

  private HealthBody() {}

  static Optional<Healthcheck> read(Fields health, boolean given) {
    if (!given) {
      return Optional.empty();
    }
    if (health.number("Retries") < 0) {
      throw GraftException.invalid("Retries in Healthcheck cannot be negative");
    }
    return Optional.of(
        new Healthcheck(
            health.texts("Test"),
            duration(health, "Interval"),
            duration(health, "Timeout"),
            duration(health, "StartPeriod"),
            duration(health, "StartInterval"),
            health.smallNumber("Retries")));
  }

  private static Duration duration(Fields health, String name) {
    long nanos = health.number(name);
    if (nanos != 0 && nanos < MILLISECOND) {
      throw GraftException.invalid(name + " in Healthcheck cannot be less than 1ms");
    }
    return Duration.ofNanos(nanos);
  }

  /// `Config.Healthcheck` of inspect.
  static ObjectNode json(Healthcheck check) {
    ObjectNode json = Nodes.object();
    if (!check.test().isEmpty()) {
      json.set("Test", Nodes.texts(check.test()));
    }
    put(json, "Interval", check.interval().toNanos());
    put(json, "Timeout", check.timeout().toNanos());
    put(json, "StartPeriod", check.startPeriod().toNanos());
    put(json, "StartInterval", check.startInterval().toNanos());
    put(json, "Retries", check.retries());
    return json;
  }

  private static void put(ObjectNode json, String name, long value) {
    if (value != 0) {
      json.put(name, value);
    }
  }

  /// `State.Health` of inspect.
  static ObjectNode json(Health health) {
    ObjectNode json = Nodes.object();
    json.put("Status", word(health));
    json.put("FailingStreak", health.failingStreak());
    ArrayNode log = json.putArray("Log");
    for (Health.Probe probe : health.log()) {
      ObjectNode one = log.addObject();
      one.put("Start", GoTime.of(probe.start()));
      one.put("End", GoTime.of(probe.end()));
      one.put("ExitCode", probe.code());
      one.put("Output", probe.output());
    }
    return json;
  }

  static String word(Health health) {
    return health.status().name().toLowerCase(Locale.ROOT);
  }
}
