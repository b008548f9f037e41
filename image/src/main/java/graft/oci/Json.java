package graft.oci;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// JSON of strangers, read with bounds: depth, length of names, strings and numbers.
public final class Json {
  /// Shared and thread safe; do not configure further.
  public static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxNameLength(64 * 1024)
                          .maxStringLength(8 * 1024 * 1024)
                          .build())
                  .build())
          .build();

  private Json() {}

  /// An object, or CORRUPT; `what` names it in the message.
  public static ObjectNode object(byte[] bytes, String what) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw GraftException.corrupt(what + " is not a JSON object");
    } catch (JsonProcessingException e) {
      throw new GraftException(
          GraftException.Kind.CORRUPT, what + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw GraftException.internal("cannot read " + what, e);
    }
  }

  /// As bytes, compact.
  public static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write JSON", e);
    }
  }

  /// A text field; empty where it is missing, null or no text.
  public static String text(JsonNode object, String field) {
    JsonNode node = object.get(field);
    return node != null && node.isTextual() ? node.textValue() : "";
  }

  /// An array of texts; empty optional where it is missing or null; other members are left out.
  public static Optional<List<String>> texts(JsonNode object, String field) {
    JsonNode node = object.get(field);
    if (node == null || !node.isArray()) {
      return Optional.empty();
    }
    List<String> all = new ArrayList<>();
    node.forEach(n -> {
      if (n.isTextual()) {
        all.add(n.textValue());
      }
    });
    return Optional.of(List.copyOf(all));
  }

  /// An object of texts; empty where it is missing or null.
  public static Map<String, String> map(JsonNode object, String field) {
    JsonNode node = object.get(field);
    Map<String, String> all = new LinkedHashMap<>();
    if (node != null && node.isObject()) {
      node.properties()
          .forEach(e -> {
            if (e.getValue().isTextual()) {
              all.put(e.getKey(), e.getValue().textValue());
            }
          });
    }
    return all;
  }

  /// The keys of an object, as Go's `map[string]struct{}` is written.
  public static List<String> keys(JsonNode object, String field) {
    JsonNode node = object.get(field);
    List<String> all = new ArrayList<>();
    if (node != null && node.isObject()) {
      node.fieldNames().forEachRemaining(all::add);
    }
    return all;
  }
}
