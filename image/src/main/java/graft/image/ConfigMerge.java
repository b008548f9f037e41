package graft.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Image configs merged three ways: what the child has like the old base becomes like the new base,
/// what the child changed stays. Objects are merged field by field, `Env` variable by variable, and
/// search paths directory by directory.
final class ConfigMerge {
  private ConfigMerge() {}

  static ObjectNode merge(ObjectNode old, ObjectNode now, ObjectNode child) {
    ObjectNode merged = objects(old, now, child);
    // Whoever sets an entrypoint drops the command that came from below, for good.
    if (!same(child.path("config").path("Entrypoint"), old.path("config").path("Entrypoint"))
        && merged.get("config") instanceof ObjectNode config) {
      put(config, "Cmd", child.path("config").path("Cmd"));
    }
    return merged;
  }

  private static ObjectNode objects(JsonNode old, JsonNode now, JsonNode child) {
    ObjectNode merged = ((ObjectNode) child).deepCopy();
    Set<String> fields = new LinkedHashSet<>();
    child.fieldNames().forEachRemaining(fields::add);
    now.fieldNames().forEachRemaining(fields::add);
    for (String field : fields) {
      put(merged, field, value(field, old.path(field), now.path(field), child.path(field)));
    }
    return merged;
  }

  private static JsonNode value(String field, JsonNode old, JsonNode now, JsonNode child) {
    if (same(old, child)) {
      return now;
    }
    if (child.isObject() && now.isObject()) {
      return objects(old, now, child);
    }
    if (field.equals("Env") && child.isArray() && now.isArray()) {
      return environment(old, now, child);
    }
    return child;
  }

  private static JsonNode environment(JsonNode old, JsonNode now, JsonNode child) {
    Map<String, JsonNode> before = variables(old);
    Map<String, JsonNode> mine = variables(child);
    Map<String, JsonNode> merged = variables(now);
    before.forEach((key, value) -> {
      if (!mine.containsKey(key)) {
        merged.remove(key);
      }
    });
    mine.forEach((key, value) -> {
      if (!value.equals(before.get(key))) {
        merged.put(key, list(key, before.get(key), merged.get(key), value));
      }
    });
    ArrayNode array = ((ArrayNode) child).arrayNode();
    merged.values().forEach(array::add);
    return array;
  }

  /// A search path in which the child has directories of its own beside those of its base: these
  /// follow the base.
  private static JsonNode list(
      String name, @Nullable JsonNode old, @Nullable JsonNode now, JsonNode child) {
    if (!name.endsWith("PATH") || old == null || now == null) {
      return child;
    }
    List<String> before = directories(old);
    List<String> after = directories(now);
    List<String> mine = directories(child);
    int at = Collections.indexOfSubList(mine, before);
    List<String> merged = new ArrayList<>();
    if (at >= 0) {
      merged.addAll(mine.subList(0, at));
      merged.addAll(after);
      merged.addAll(mine.subList(at + before.size(), mine.size()));
    } else {
      mine.stream().filter(d -> !before.contains(d) || after.contains(d)).forEach(merged::add);
      after.stream().filter(d -> !before.contains(d) && !mine.contains(d)).forEach(merged::add);
    }
    return TextNode.valueOf(name + "=" + String.join(":", merged));
  }

  private static List<String> directories(JsonNode variable) {
    String text = variable.asText();
    return List.of(text.substring(text.indexOf('=') + 1).split(":", -1));
  }

  private static Map<String, JsonNode> variables(JsonNode array) {
    Map<String, JsonNode> all = new LinkedHashMap<>();
    array.forEach(v -> {
      String text = v.asText();
      int equals = text.indexOf('=');
      all.put(equals < 0 ? text : text.substring(0, equals), v);
    });
    return all;
  }

  /// Go writes an absent value as null.
  private static boolean same(JsonNode a, JsonNode b) {
    return absent(a) ? absent(b) : a.equals(b);
  }

  private static boolean absent(JsonNode node) {
    return node instanceof MissingNode || node instanceof NullNode;
  }

  private static void put(ObjectNode object, String field, JsonNode value) {
    if (value instanceof MissingNode) {
      object.remove(field);
    } else {
      object.set(field, value);
    }
  }
}
