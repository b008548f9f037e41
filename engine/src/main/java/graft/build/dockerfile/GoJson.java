package graft.build.dockerfile;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/// JSON as Go's `MarshalIndent` writes it, which clients print as it is.
final class GoJson {
  private final StringBuilder out = new StringBuilder();

  private GoJson() {}

  static String write(JsonNode node) {
    GoJson json = new GoJson();
    json.value(node, "\n");
    return json.out.toString();
  }

  /// @param newLine with the indentation of what contains the value
  private void value(JsonNode node, String newLine) {
    switch (node) {
      case ObjectNode object when object.isEmpty() -> out.append("{}");
      case ArrayNode array when array.isEmpty() -> out.append("[]");
      case ObjectNode object -> {
        out.append('{');
        for (Iterator<Map.Entry<String, JsonNode>> i = object.properties().iterator();
            i.hasNext(); ) {
          Map.Entry<String, JsonNode> field = i.next();
          out.append(newLine).append("  ");
          text(field.getKey());
          out.append(": ");
          value(field.getValue(), newLine + "  ");
          out.append(i.hasNext() ? "," : "");
        }
        out.append(newLine).append('}');
      }
      case ArrayNode array -> {
        out.append('[');
        for (Iterator<JsonNode> i = array.elements(); i.hasNext(); ) {
          out.append(newLine).append("  ");
          value(i.next(), newLine + "  ");
          out.append(i.hasNext() ? "," : "");
        }
        out.append(newLine).append(']');
      }
      default -> {
        if (node.isTextual()) {
          text(node.textValue());
        } else {
          out.append(node);
        }
      }
    }
  }

  private void text(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || "<>&\u2028\u2029".indexOf(c) >= 0) {
            out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
