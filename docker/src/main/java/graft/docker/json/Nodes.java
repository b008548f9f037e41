package graft.docker.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Json;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Small pieces of JSON.
public final class Nodes {
  private Nodes() {}

  public static ObjectNode object() {
    return Json.MAPPER.createObjectNode();
  }

  public static ArrayNode array() {
    return Json.MAPPER.createArrayNode();
  }

  /// JSON's null.
  public static JsonNode nothing() {
    return NullNode.getInstance();
  }

  public static ArrayNode texts(Collection<String> texts) {
    ArrayNode array = array();
    texts.forEach(array::add);
    return array;
  }

  public static ObjectNode map(Map<String, String> map) {
    ObjectNode object = object();
    new TreeMap<>(map).forEach(object::put);
    return object;
  }

  /// A list, or null.
  public static void putTexts(
      ObjectNode object, String field, Optional<? extends Collection<String>> texts) {
    if (texts.isPresent()) {
      object.set(field, texts(texts.get()));
    } else {
      object.putNull(field);
    }
  }

  /// A map, or null if it is empty.
  public static void putMapOrNull(ObjectNode object, String field, Map<String, String> map) {
    if (map.isEmpty()) {
      object.putNull(field);
    } else {
      object.set(field, map(map));
    }
  }

  /// Go's `map[string]struct{}`, or null if it is empty.
  public static void putSetOrNull(ObjectNode object, String field, Collection<String> set) {
    if (set.isEmpty()) {
      object.putNull(field);
    } else {
      ObjectNode all = object.putObject(field);
      set.stream().sorted().forEach(all::putObject);
    }
  }
}
