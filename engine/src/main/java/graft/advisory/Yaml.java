package graft.advisory;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import org.yaml.snakeyaml.LoaderOptions;

/// YAML as a tree whose scalars are all texts: to YAML the version 1.10 is the number 1.1. Anchors
/// are not followed, so that no document grows.
final class Yaml {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final int DEEPEST = 50;

  private Yaml() {}

  /// The first document of these bytes.
  static JsonNode read(byte[] bytes) throws IOException {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(bytes.length + 1);
    options.setNestingDepthLimit(DEEPEST);
    YAMLFactory factory = YAMLFactory.builder().loaderOptions(options).build();
    try (JsonParser parser = factory.createParser(bytes)) {
      JsonToken first = parser.nextToken();
      return first == null ? NODES.missingNode() : value(parser, first, 0);
    }
  }

  private static JsonNode value(JsonParser parser, JsonToken token, int depth) throws IOException {
    if (depth > DEEPEST) {
      throw new TooDeep(parser);
    }
    if (token == JsonToken.START_OBJECT) {
      ObjectNode object = NODES.objectNode();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        object.set(name, value(parser, parser.nextToken(), depth + 1));
      }
      return object;
    }
    if (token == JsonToken.START_ARRAY) {
      ArrayNode array = NODES.arrayNode();
      for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
        array.add(value(parser, t, depth + 1));
      }
      return array;
    }
    return NODES.textNode(parser.getText());
  }

  private static final class TooDeep extends JsonProcessingException {
    @java.io.Serial private static final long serialVersionUID = 1L;

    TooDeep(JsonParser at) {
      super("nested more than " + DEEPEST + " deep", at.currentLocation());
    }
  }
}
