package graft.volume;

import graft.error.GraftException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The options of the driver `local`: which there are, and which need which. Messages are
/// dockerd's.
///
/// Source: measured from dockerd 28.5.2.
final class VolumeOptions {
  private static final Set<String> KNOWN = Set.of("type", "o", "device", "size");

  /// What an option cannot be without.
  private static final Map<String, List<String>> TOGETHER =
      new TreeMap<>(
          Map.of(
              "device",
              List.of("type"),
              "o",
              List.of("device", "type"),
              "type",
              List.of("device")));

  private static final Pattern SIZE = Pattern.compile("(?i)[0-9]+(\\.[0-9]+)? ?([kmgtp]i?)?b?");

  private VolumeOptions() {}

  static void check(String name, Map<String, String> options) {
    for (String option : new TreeSet<>(options.keySet())) {
      if (!KNOWN.contains(option)) {
        throw GraftException.invalid("create " + name + ": invalid option: \"" + option + "\"");
      }
    }
    String size = options.get("size");
    if (size != null) {
      throw GraftException.invalid(
          "create "
              + name
              + ": "
              + (SIZE.matcher(size).matches()
                  ? "quota size requested but no quota support"
                  : "invalid size: '" + size + "'"));
    }
    for (Map.Entry<String, List<String>> rule : TOGETHER.entrySet()) {
      for (String needed : rule.getValue()) {
        if (options.containsKey(rule.getKey()) && !options.containsKey(needed)) {
          throw GraftException.invalid(
              "create " + name + ": missing required option: \"" + needed + "\"");
        }
      }
    }
  }
}
