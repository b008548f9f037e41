package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import graft.error.GraftException;
import graft.oci.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// An object of a request, read as Go reads it: keys in any case, `null` and a missing key alike,
/// unknown keys of no account. A value of the wrong type is INVALID.
final class Fields {
  private final String where;
  private final Map<String, JsonNode> values = new HashMap<>();

  private Fields(String where, JsonNode object) {
    this.where = where;
    object.properties().forEach(e -> values.put(lower(e.getKey()), e.getValue()));
  }

  /// Of an object; anything else has no fields.
  static Fields of(JsonNode object) {
    return new Fields("", object);
  }

  /// Of a text that was an object once.
  static Fields of(String document) {
    return document.isEmpty()
        ? of(MissingNode.getInstance())
        : of(Json.object(document.getBytes(java.nio.charset.StandardCharsets.UTF_8), "the record"));
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /// The value as it came; a missing node where there is none.
  JsonNode raw(String name) {
    JsonNode node = values.get(lower(name));
    return node == null || node.isNull() ? MissingNode.getInstance() : node;
  }

  boolean has(String name) {
    return !raw(name).isMissingNode();
  }

  private GraftException wrong(String name, String wanted) {
    return GraftException.invalid("invalid JSON: " + where + name + " must be " + wanted);
  }

  /// A member that is an object.
  Fields object(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isObject()) {
      throw wrong(name, "an object");
    }
    return new Fields(where + name + ".", node);
  }

  String text(String name) {
    JsonNode node = raw(name);
    if (node.isMissingNode()) {
      return "";
    }
    if (!node.isTextual()) {
      throw wrong(name, "a string");
    }
    return node.textValue();
  }

  boolean flag(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isBoolean()) {
      throw wrong(name, "true or false");
    }
    return node.asBoolean(false);
  }

  /// A whole number, 0 where there is none.
  long number(String name) {
    JsonNode node = raw(name);
    if (node.isMissingNode()) {
      return 0;
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw wrong(name, "a whole number");
    }
    return node.longValue();
  }

  int smallNumber(String name) {
    long number = number(name);
    if (number != (int) number) {
      throw wrong(name, "a number of at most 32 bits");
    }
    return (int) number;
  }

  List<String> texts(String name) {
    return optionalTexts(name).orElse(List.of());
  }

  /// An array of strings, or a single string for an array of it, as `Cmd` may be.
  Optional<List<String>> optionalTexts(String name) {
    JsonNode node = raw(name);
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    if (node.isTextual()) {
      return Optional.of(List.of(node.textValue()));
    }
    if (!node.isArray()) {
      throw wrong(name, "an array of strings");
    }
    List<String> all = new ArrayList<>();
    for (JsonNode one : node) {
      if (!one.isTextual()) {
        throw wrong(name, "an array of strings");
      }
      all.add(one.textValue());
    }
    return Optional.of(all);
  }

  /// Keys to strings.
  Map<String, String> map(String name) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> e : members(name).entrySet()) {
      if (e.getValue().isNull()) {
        all.put(e.getKey(), "");
      } else if (e.getValue().isTextual()) {
        all.put(e.getKey(), e.getValue().textValue());
      } else {
        throw wrong(name, "an object of strings");
      }
    }
    return all;
  }

  /// Keys, as they are cased, to values.
  Map<String, JsonNode> members(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isObject()) {
      throw wrong(name, "an object");
    }
    Map<String, JsonNode> all = new LinkedHashMap<>();
    node.properties().forEach(e -> all.put(e.getKey(), e.getValue()));
    return all;
  }

  List<Fields> objects(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isArray()) {
      throw wrong(name, "an array of objects");
    }
    List<Fields> all = new ArrayList<>();
    for (JsonNode one : node) {
      if (!one.isObject()) {
        throw wrong(name, "an array of objects");
      }
      all.add(new Fields(where + name + ".", one));
    }
    return all;
  }

  boolean isEmpty(String name) {
    return raw(name).isEmpty() && !raw(name).isValueNode();
  }
}
