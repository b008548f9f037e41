package graft.oci;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.ImageConfig.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Settings on their way from one value to the next. Fields are public on purpose: it lives within
/// one method.
public final class SettingsBuilder {
  public String user;
  public List<String> env;
  public Optional<List<String>> entrypoint;
  public Optional<List<String>> cmd;
  public String workingDir;
  public Map<String, String> labels;
  public Set<String> exposedPorts;
  public Set<String> volumes;
  public Optional<String> stopSignal;
  public Optional<Healthcheck> healthcheck;
  public Optional<List<String>> shell;
  public List<String> onBuild;
  public boolean argsEscaped;

  public SettingsBuilder(Settings from) {
    user = from.user();
    env = new ArrayList<>(from.env());
    entrypoint = from.entrypoint();
    cmd = from.cmd();
    workingDir = from.workingDir();
    labels = new TreeMap<>(from.labels());
    exposedPorts = new TreeSet<>(from.exposedPorts());
    volumes = new TreeSet<>(from.volumes());
    stopSignal = from.stopSignal();
    healthcheck = from.healthcheck();
    shell = from.shell();
    onBuild = new ArrayList<>(from.onBuild());
    argsEscaped = from.argsEscaped();
  }

  public Settings build() {
    return new Settings(
        user,
        env,
        entrypoint,
        cmd,
        workingDir,
        labels,
        exposedPorts,
        volumes,
        stopSignal,
        healthcheck,
        shell,
        onBuild,
        argsEscaped);
  }

  /// Sets a variable where it stands, or adds it at the end.
  public void setEnv(String key, String value) {
    for (int i = 0; i < env.size(); i++) {
      if (env.get(i).equals(key) || env.get(i).startsWith(key + "=")) {
        env.set(i, key + "=" + value);
        return;
      }
    }
    env.add(key + "=" + value);
  }

  /// Writes settings into a `config` object in Docker's casing. Fields that mean there already what
  /// they should mean are left as they are, and so is what Graft does not know.
  public static void write(Settings to, ObjectNode config) {
    Settings from = ImageConfig.settings(config);
    set(config, "User", from, to, Settings::user, SettingsBuilder::text);
    set(config, "ExposedPorts", from, to, Settings::exposedPorts, SettingsBuilder::keys);
    set(config, "Env", from, to, Settings::env, SettingsBuilder::array);
    set(config, "Entrypoint", from, to, Settings::entrypoint, SettingsBuilder::optionalArray);
    set(config, "Cmd", from, to, Settings::cmd, SettingsBuilder::optionalArray);
    set(config, "Volumes", from, to, Settings::volumes, SettingsBuilder::keys);
    set(config, "WorkingDir", from, to, Settings::workingDir, SettingsBuilder::text);
    set(config, "Labels", from, to, Settings::labels, SettingsBuilder::map);
    set(config, "StopSignal", from, to, s -> s.stopSignal().orElse(""), SettingsBuilder::text);
    set(config, "Healthcheck", from, to, Settings::healthcheck, SettingsBuilder::health);
    set(config, "Shell", from, to, Settings::shell, SettingsBuilder::optionalArray);
    set(config, "OnBuild", from, to, Settings::onBuild, SettingsBuilder::array);
    set(config, "ArgsEscaped", from, to, Settings::argsEscaped, SettingsBuilder::flag);
  }

  private interface Writer<T> {
    void write(ObjectNode config, String field, T value);
  }

  private static <T> void set(
      ObjectNode config,
      String field,
      Settings from,
      Settings to,
      Function<Settings, T> get,
      Writer<T> writer) {
    T value = get.apply(to);
    if (!value.equals(get.apply(from))) {
      config.remove(field);
      writer.write(config, field, value);
    }
  }

  private static void text(ObjectNode config, String field, String value) {
    if (!value.isEmpty()) {
      config.put(field, value);
    }
  }

  private static void flag(ObjectNode config, String field, boolean value) {
    if (value) {
      config.put(field, true);
    }
  }

  private static void array(ObjectNode config, String field, List<String> value) {
    if (!value.isEmpty()) {
      optionalArray(config, field, Optional.of(value));
    }
  }

  private static void optionalArray(ObjectNode config, String field, Optional<List<String>> value) {
    value.ifPresent(list -> {
      ArrayNode array = config.putArray(field);
      list.forEach(array::add);
    });
  }

  private static void keys(ObjectNode config, String field, Set<String> value) {
    if (!value.isEmpty()) {
      ObjectNode object = config.putObject(field);
      new TreeSet<>(value).forEach(object::putObject);
    }
  }

  private static void map(ObjectNode config, String field, Map<String, String> value) {
    if (!value.isEmpty()) {
      ObjectNode object = config.putObject(field);
      new TreeMap<>(value).forEach(object::put);
    }
  }

  private static void health(ObjectNode config, String field, Optional<Healthcheck> value) {
    value.ifPresent(h -> {
      ObjectNode object = config.putObject(field);
      ArrayNode test = object.putArray("Test");
      h.test().forEach(test::add);
      duration(object, "Interval", h.interval());
      duration(object, "Timeout", h.timeout());
      duration(object, "StartPeriod", h.startPeriod());
      duration(object, "StartInterval", h.startInterval());
      if (h.retries() != 0) {
        object.put("Retries", h.retries());
      }
    });
  }

  private static void duration(ObjectNode object, String field, Duration value) {
    if (!value.isZero()) {
      object.put(field, value.toNanos());
    }
  }
}
