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
  private final Instructions own;

  private ConfigMerge(Instructions own) {
    this.own = own;
  }

  /// @param own instructions of the child itself
  static ObjectNode merge(ObjectNode old, ObjectNode now, ObjectNode child, Instructions own) {
    ObjectNode merged = new ConfigMerge(own).objects("", old, now, child);
    // Whoever sets an entrypoint drops the command that came from below, for good.
    if (!same(child.path("config").path("Entrypoint"), old.path("config").path("Entrypoint"))
        && merged.get("config") instanceof ObjectNode config) {
      put(config, "Cmd", child.path("config").path("Cmd"));
    }
    return merged;
  }

  /// @param of the field whose value they are
  private ObjectNode objects(String of, JsonNode old, JsonNode now, JsonNode child) {
    ObjectNode merged = ((ObjectNode) child).deepCopy();
    Set<String> fields = new LinkedHashSet<>();
    child.fieldNames().forEachRemaining(fields::add);
    now.fieldNames().forEachRemaining(fields::add);
    for (String field : fields) {
      JsonNode mine = child.path(field);
      put(
          merged,
          field,
          isSet(of, field, mine) ? mine : value(field, old.path(field), now.path(field), mine));
    }
    return merged;
  }

  private boolean isSet(String of, String field, JsonNode mine) {
    if (absent(mine)) {
      return false;
    }
    return of.equals("config")
        ? own.set(field)
        : own.set(of, mine.isTextual() ? field + "=" + mine.asText() : field);
  }

  private JsonNode value(String field, JsonNode old, JsonNode now, JsonNode child) {
    if (child instanceof ObjectNode mine && (now.isObject() || same(old, child))) {
      ObjectNode merged = objects(field, old, now, mine);
      return merged.isEmpty() && same(old, child) ? now : merged;
    }
    if (field.equals("Env") && child.isArray() && (now.isArray() || same(old, child))) {
      ArrayNode merged = environment(old, now, child);
      return merged.isEmpty() && same(old, child) ? now : merged;
    }
    return same(old, child) ? now : child;
  }

  private ArrayNode environment(JsonNode old, JsonNode now, JsonNode child) {
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
      } else if (own.set("Env", value.asText())) {
        merged.put(key, value);
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
