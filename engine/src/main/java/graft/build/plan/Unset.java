package graft.build.plan;

import graft.build.dockerfile.KeyValue;
import graft.build.dockerfile.Ports;
import graft.build.dockerfile.Scope;
import graft.oci.SettingsBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// `LABEL graft.unset.env="A B"`: takes away what the base image has set, which the language of
/// Dockerfiles cannot. For other builders it is a label like any other; here it does what it says,
/// at its place in the stage, and is not on the image. See docs/builds.md.
final class Unset {
  private static final String PREFIX = "graft.unset.";

  private Unset() {}

  static boolean isOne(KeyValue label) {
    return label.key().startsWith(PREFIX);
  }

  /// @throws IllegalArgumentException what is to be unset is not known
  static void apply(KeyValue label, SettingsBuilder settings, Scope scope) {
    Consumer<String> one =
        switch (label.key().substring(PREFIX.length())) {
          case "env" ->
              name -> {
                settings.env.removeIf(e -> e.startsWith(name + "="));
                scope.unset(name);
              };
          case "label" -> settings.labels::remove;
          case "volume" -> settings.volumes::remove;
          case "expose" -> port -> settings.exposedPorts.removeAll(Ports.parse(port).each());
          case "entrypoint" -> _ -> settings.entrypoint = Optional.empty();
          case "cmd" -> _ -> settings.cmd = Optional.empty();
          case "healthcheck" -> _ -> settings.healthcheck = Optional.empty();
          case "stopsignal" -> _ -> settings.stopSignal = Optional.empty();
          case "user" -> _ -> settings.user = "";
          default ->
              throw new IllegalArgumentException(
                  label.key()
                      + " is unknown: there are graft.unset.env, label, volume, expose, entrypoint,"
                      + " cmd, healthcheck, stopsignal and user");
        };
    names(label.value()).forEach(one);
  }

  private static List<String> names(String value) {
    return Arrays.stream(value.split("[ ,]+")).filter(n -> !n.isEmpty()).toList();
  }
}
