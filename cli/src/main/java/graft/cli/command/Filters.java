package graft.cli.command;

import graft.cli.json.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `--filter KEY=VALUE`, as the API wants it.
final class Filters {
  private Filters() {}

  static String json(List<String> filters) {
    Map<String, Map<String, Object>> result = new LinkedHashMap<>();
    for (String filter : filters) {
      int equals = filter.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException("the filter '" + filter + "' is not KEY=VALUE");
      }
      result
          .computeIfAbsent(filter.substring(0, equals), key -> new LinkedHashMap<>())
          .put(filter.substring(equals + 1), true);
    }
    return result.isEmpty() ? "" : Json.of(result).write();
  }
}
