package graft.cli.build;

import graft.build.dockerfile.Csv;
import graft.build.dockerfile.DockerfileException;
import graft.cli.verb.Line;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Values of options in several parts: `id=x,src=y`.
final class Keys {
  private Keys() {}

  /// @param known keys; another one is refused
  static Map<String, String> of(Line line, String option, String text, List<String> known) {
    Map<String, String> values = of(line, option, text);
    for (String key : values.keySet()) {
      if (!known.contains(key)) {
        throw line.refuse(
            option + " " + text + " has no '" + key + "'; there are " + String.join(", ", known));
      }
    }
    return values;
  }

  /// A part without a value has an empty one.
  static Map<String, String> of(Line line, String option, String text) {
    Map<String, String> values = new LinkedHashMap<>();
    try {
      for (String part : Csv.fields(text)) {
        String[] pair = pair(part);
        values.put(pair[0], pair[1]);
      }
    } catch (DockerfileException e) {
      throw line.refuse(option + " " + text + ": " + e.getMessage());
    }
    return values;
  }

  /// `KEY=VALUE`, or a key alone.
  static String[] pair(String text) {
    int equals = text.indexOf('=');
    return equals < 0
        ? new String[] {text, ""}
        : new String[] {text.substring(0, equals), text.substring(equals + 1)};
  }

  static Map<String, String> pairs(List<String> texts) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String text : texts) {
      String[] pair = pair(text);
      all.put(pair[0], pair[1]);
    }
    return all;
  }
}
