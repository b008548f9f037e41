package graft.docker.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.oci.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The `filters` parameter: `{"key":{"value":true}}` or, as old clients send it,
/// `{"key":["value"]}`. Values of one key are alternatives, keys must all fit.
public record Filters(Map<String, List<String>> values) {
  /// @param known the keys that this list takes; another is refused in Docker's words
  public static Filters parse(String text, Set<String> known) {
    Filters filters = parse(text);
    for (String key : filters.values().keySet()) {
      if (!known.contains(key)) {
        throw GraftException.invalid("invalid filter '" + key + "'");
      }
    }
    return filters;
  }

  /// With whatever keys there are.
  public static Filters parse(String text) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    if (text.isBlank()) {
      return new Filters(values);
    }
    JsonNode root;
    try {
      root = Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw GraftException.invalid("invalid filter");
    }
    if (!root.isObject()) {
      throw GraftException.invalid("invalid filter");
    }
    boolean arrays = false;
    boolean objects = false;
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      List<String> list = new ArrayList<>();
      JsonNode node = field.getValue();
      if (node.isArray()) {
        arrays = true;
        node.forEach(v -> list.add(v.asText()));
      } else if (node.isObject()) {
        objects = true;
        node.properties().forEach(e -> list.add(e.getKey()));
      } else {
        throw GraftException.invalid("invalid filter");
      }
      values.put(field.getKey(), list);
    }
    if (arrays && objects) {
      throw GraftException.invalid("invalid filter");
    }
    return new Filters(values);
  }

  /// With one more value.
  public Filters with(String key, String value) {
    Map<String, List<String>> all = new LinkedHashMap<>(values);
    List<String> list = new ArrayList<>(get(key));
    list.add(value);
    all.put(key, list);
    return new Filters(all);
  }

  /// As clients send them.
  public String toJson() {
    return Json.MAPPER.valueToTree(values).toString();
  }

  public List<String> get(String key) {
    return values.getOrDefault(key, List.of());
  }

  public boolean has(String key) {
    return !get(key).isEmpty();
  }

  /// True if the key was not given, or one of its values fits.
  public boolean any(String key, Predicate<String> fits) {
    return !has(key) || get(key).stream().anyMatch(fits);
  }

  /// `label` filters: `k` or `k=v`, all of them.
  public boolean labels(Map<String, String> labels) {
    return get("label").stream().allMatch(f -> label(labels, f))
        && get("label!").stream().noneMatch(f -> label(labels, f));
  }

  private static boolean label(Map<String, String> labels, String filter) {
    int equals = filter.indexOf('=');
    return equals < 0
        ? labels.containsKey(filter)
        : filter.substring(equals + 1).equals(labels.get(filter.substring(0, equals)));
  }

  /// A boolean filter, as `dangling`; INVALID where its values contradict each other.
  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    List<Boolean> said = get(key).stream().map(Filters::truth).flatMap(Optional::stream).toList();
    if (said.size() != get(key).size() || said.stream().distinct().count() > 1) {
      throw GraftException.invalid(
          "invalid filter '" + key + "=[" + String.join(" ", get(key)) + "]'");
    }
    return said.getFirst();
  }

  private static Optional<Boolean> truth(String word) {
    return switch (word) {
      case "1", "true", "True", "TRUE", "t", "T" -> Optional.of(true);
      case "0", "false", "False", "FALSE", "f", "F" -> Optional.of(false);
      default -> Optional.empty();
    };
  }
}
