package graft.docker.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
public final class Fields {
  private final String where;
  private final Map<String, JsonNode> values = new HashMap<>();

  private Fields(String where, JsonNode object) {
    this.where = where;
    object.properties().forEach(e -> values.put(lower(e.getKey()), e.getValue()));
  }

  /// Of an object; anything else has no fields.
  public static Fields of(JsonNode object) {
    return new Fields("", object);
  }

  /// Of a text that was an object once.
  public static Fields of(String document) {
    return document.isEmpty()
        ? of(MissingNode.getInstance())
        : of(Json.object(document.getBytes(java.nio.charset.StandardCharsets.UTF_8), "the record"));
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /// The value as it came; a missing node where there is none.
  public JsonNode raw(String name) {
    JsonNode node = values.get(lower(name));
    return node == null || node.isNull() ? MissingNode.getInstance() : node;
  }

  public boolean has(String name) {
    return !raw(name).isMissingNode();
  }

  /// In the words of Go's decoder, which clients know.
  private GraftException wrong(String name, JsonNode found, String wanted) {
    return GraftException.invalid(
        "invalid JSON: json: cannot unmarshal "
            + kind(found)
            + " into Go struct field ."
            + where
            + name
            + " of type "
            + wanted);
  }

  /// What Go's decoder calls a value of this kind.
  public static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT, POJO -> "object";
      case ARRAY -> "array";
      case STRING, BINARY -> "string";
      case NUMBER -> "number";
      case BOOLEAN -> "bool";
      case NULL, MISSING -> "null";
    };
  }

  /// These fields alone, in this case.
  public ObjectNode named(List<String> names) {
    ObjectNode all = Json.MAPPER.createObjectNode();
    names.stream().filter(this::has).forEach(n -> all.set(n, raw(n)));
    return all;
  }

  /// A member that is an object.
  public Fields object(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isObject()) {
      throw wrong(name, node, "container." + name);
    }
    return new Fields(where + name + ".", node);
  }

  public String text(String name) {
    JsonNode node = raw(name);
    if (node.isMissingNode()) {
      return "";
    }
    if (!node.isTextual()) {
      throw wrong(name, node, "string");
    }
    return node.textValue();
  }

  public boolean flag(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isBoolean()) {
      throw wrong(name, node, "bool");
    }
    return node.asBoolean(false);
  }

  /// A whole number, 0 where there is none.
  public long number(String name) {
    JsonNode node = raw(name);
    if (node.isMissingNode()) {
      return 0;
    }
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw wrong(name, node, "int64");
    }
    return node.longValue();
  }

  public int smallNumber(String name) {
    long number = number(name);
    if (number != (int) number) {
      throw wrong(name, raw(name), "int");
    }
    return (int) number;
  }

  /// An array of strings.
  public List<String> texts(String name) {
    return raw(name).isMissingNode() ? List.of() : array(name, "[]string");
  }

  /// An array of strings, or a single string for an array of it, as `Cmd` may be.
  public Optional<List<String>> optionalTexts(String name) {
    JsonNode node = raw(name);
    if (node.isMissingNode()) {
      return Optional.empty();
    }
    return Optional.of(
        node.isTextual() ? List.of(node.textValue()) : array(name, "strslice.StrSlice"));
  }

  private List<String> array(String name, String type) {
    JsonNode node = raw(name);
    if (!node.isArray()) {
      throw wrong(name, node, type);
    }
    List<String> all = new ArrayList<>();
    for (JsonNode one : node) {
      if (!one.isTextual()) {
        throw wrong(name, one, "string");
      }
      all.add(one.textValue());
    }
    return all;
  }

  /// Keys to strings.
  public Map<String, String> map(String name) {
    Map<String, String> all = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> e : members(name).entrySet()) {
      if (e.getValue().isNull()) {
        all.put(e.getKey(), "");
      } else if (e.getValue().isTextual()) {
        all.put(e.getKey(), e.getValue().textValue());
      } else {
        throw wrong(name, e.getValue(), "string");
      }
    }
    return all;
  }

  /// Keys, as they are cased, to values.
  public Map<String, JsonNode> members(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isObject()) {
      throw wrong(name, node, "container." + name);
    }
    Map<String, JsonNode> all = new LinkedHashMap<>();
    node.properties().forEach(e -> all.put(e.getKey(), e.getValue()));
    return all;
  }

  public List<Fields> objects(String name) {
    JsonNode node = raw(name);
    if (!node.isMissingNode() && !node.isArray()) {
      throw wrong(name, node, "an array of objects");
    }
    List<Fields> all = new ArrayList<>();
    for (JsonNode one : node) {
      if (!one.isObject()) {
        throw wrong(name, one, "an object");
      }
      all.add(new Fields(where + name + ".", one));
    }
    return all;
  }

  public boolean isEmpty(String name) {
    return raw(name).isEmpty() && !raw(name).isValueNode();
  }
}
