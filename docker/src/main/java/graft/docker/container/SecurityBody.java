package graft.docker.container;

import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.runtime.Capabilities;
import graft.runtime.Spec.Security;
import java.util.List;
import java.util.Optional;

/// Capabilities, `SecurityOpt`, and the paths that are hidden.
final class SecurityBody {
  private SecurityBody() {}

  /// Label options of SELinux that Docker knows.
  private static final List<String> LABELS = List.of("user", "role", "type", "level", "filetype");

  static Security read(Fields host, Machine machine) {
    List<String> add =
        Capabilities.normal(host.optionalTexts("CapAdd").orElse(List.of()), "CapAdd");
    List<String> drop =
        Capabilities.normal(host.optionalTexts("CapDrop").orElse(List.of()), "CapDrop");
    boolean noNewPrivileges = false;
    boolean writableCgroups = false;
    Optional<String> seccomp = Optional.empty();
    Optional<String> apparmor = Optional.empty();
    for (String option : host.texts("SecurityOpt")) {
      int at = separator(option);
      String key = at < 0 ? option : option.substring(0, at);
      String value = at < 0 ? "" : option.substring(at + 1);
      switch (key) {
        case "no-new-privileges" -> noNewPrivileges = at < 0 || truth(option, value);
        case "seccomp" -> seccomp = Optional.of(value);
        case "apparmor" -> apparmor = Optional.of(value);
        case "label" -> label(option, value, machine);
        case "writable-cgroups" -> writableCgroups = at < 0 || truth(option, value);
        default ->
            throw GraftException.invalid(
                "invalid --security-opt " + (at < 0 ? 1 : 2) + ": \"" + option + "\"");
      }
      if (at < 0 && !key.equals("no-new-privileges") && !key.equals("writable-cgroups")) {
        throw GraftException.invalid("invalid --security-opt 1: \"" + option + "\"");
      }
    }
    return new Security(
        add,
        drop,
        noNewPrivileges,
        seccomp,
        host.optionalTexts("MaskedPaths"),
        host.optionalTexts("ReadonlyPaths"),
        apparmor,
        Optional.empty(),
        writableCgroups,
        host.texts("DeviceCgroupRules"));
  }

  /// Where SELinux is off, labels mean nothing, here as in Docker; where it is on, they would have
  /// to be obeyed.
  private static void label(String option, String value, Machine machine) {
    boolean plain = value.equals("disable") || value.equals("nested");
    boolean pair = LABELS.stream().anyMatch(name -> value.startsWith(name + ":"));
    if (!plain && !pair) {
      throw GraftException.invalid("invalid --security-opt 2: \"" + option + "\"");
    }
    if (machine.labels() && !value.equals("disable")) {
      throw Refusal.of("the security option " + option + " where SELinux is on");
    }
  }

  private static int separator(String option) {
    int equals = option.indexOf('=');
    return equals >= 0 ? equals : option.indexOf(':');
  }

  private static boolean truth(String option, String value) {
    return switch (value) {
      case "true", "1", "t", "T", "TRUE", "True" -> true;
      case "false", "0", "f", "F", "FALSE", "False" -> false;
      default -> throw GraftException.invalid("invalid --security-opt 2: \"" + option + "\"");
    };
  }
}
