package graft.cli.verb;

import graft.cli.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `--filter KEY=VALUE`, as the API wants it.
public final class Filters {
  private Filters() {}

  public static String json(Line line) {
    return json(line, List.of());
  }

  public static String json(Line line, List<String> more) {
    List<String> all = new ArrayList<>(line.list("--filter"));
    all.addAll(more);
    Map<String, Map<String, Object>> result = new LinkedHashMap<>();
    for (String filter : all) {
      int equals = filter.indexOf('=');
      if (equals <= 0) {
        throw line.refuse("the filter '" + filter + "' is not KEY=VALUE, as name=web");
      }
      result
          .computeIfAbsent(filter.substring(0, equals).strip(), key -> new LinkedHashMap<>())
          .put(filter.substring(equals + 1).strip(), true);
    }
    return result.isEmpty() ? "" : Json.of(result).write();
  }
}
