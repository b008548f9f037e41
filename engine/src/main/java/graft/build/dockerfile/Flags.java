package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The words with `--` of an instruction.
final class Flags {
  private enum Kind {
    BOOL,
    TEXT,
    TEXTS
  }

  private final Map<String, Kind> known = new LinkedHashMap<>();
  private final Map<String, List<String>> used = new LinkedHashMap<>();

  Flags bools(String... names) {
    return know(Kind.BOOL, names);
  }

  Flags texts(String... names) {
    return know(Kind.TEXT, names);
  }

  /// Those that may be given several times.
  Flags lists(String... names) {
    return know(Kind.TEXTS, names);
  }

  private Flags know(Kind kind, String... names) {
    for (String name : names) {
      known.put(name, kind);
    }
    return this;
  }

  /// @throws DockerfileException a flag is not known, or has no value
  Flags parse(List<String> words) {
    for (String word : words) {
      int equals = word.indexOf('=');
      String flag = equals < 0 ? word : word.substring(0, equals);
      Optional<String> value =
          equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1));
      String name = flag.substring(2);
      Kind kind = known.get(name);
      if (kind == null) {
        throw new DockerfileException(
            Suggestion.append("unknown flag: " + flag, name, known.keySet()));
      }
      if (used.containsKey(name) && kind != Kind.TEXTS) {
        throw new DockerfileException("duplicate flag specified: " + flag);
      }
      used.computeIfAbsent(name, _ -> new ArrayList<>()).add(value(flag, kind, value));
    }
    return this;
  }

  private static String value(String flag, Kind kind, Optional<String> value) {
    boolean missing = kind == Kind.BOOL ? value.equals(Optional.of("")) : value.isEmpty();
    if (missing) {
      throw new DockerfileException("missing a value on flag: " + flag);
    }
    if (kind != Kind.BOOL) {
      return value.orElseThrow();
    }
    String bool = value.orElse("true").toLowerCase(Locale.ROOT);
    if (!bool.equals("true") && !bool.equals("false")) {
      throw new DockerfileException(
          "expecting boolean value for flag " + flag + ", not: " + value.orElseThrow());
    }
    return bool;
  }

  /// The value, or empty text.
  String text(String name) {
    return used.getOrDefault(name, List.of("")).getFirst();
  }

  List<String> list(String name) {
    return used.getOrDefault(name, List.of());
  }

  boolean is(String name) {
    return text(name).equals("true");
  }

  Optional<Boolean> bool(String name) {
    return used.containsKey(name) ? Optional.of(is(name)) : Optional.empty();
  }

  List<String> names() {
    return List.copyOf(used.keySet());
  }
}
