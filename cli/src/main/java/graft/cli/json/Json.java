package graft.cli.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One JSON value. A member that is not there reads as null, and null reads as empty text, zero,
/// false and no items: the engine leaves out what it has nothing to say about.
public final class Json {
  public static final Json NULL = new Json(null);
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamReadFeature.AUTO_CLOSE_SOURCE).build();

  /// Null, String, Long, BigDecimal, Boolean, List of Json or Map of String to Json.
  private final @Nullable Object value;

  private Json(@Nullable Object value) {
    this.value = value;
  }

  /// From strings, numbers, booleans, lists, maps and other Json values.
  // Here and below no switch over types: it spins classes when it is first run, and every command
  // comes through here.
  public static Json of(@Nullable Object value) {
    if (value == null) {
      return NULL;
    }
    if (value instanceof Json json) {
      return json;
    }
    if (value instanceof Integer number) {
      return new Json((long) number);
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, Json> members = new LinkedHashMap<>();
      map.forEach((key, member) -> members.put(String.valueOf(key), of(member)));
      return new Json(members);
    }
    if (value instanceof Iterable<?> items) {
      List<Json> list = new ArrayList<>();
      items.forEach(item -> list.add(of(item)));
      return new Json(list);
    }
    boolean kept = value instanceof Long || value instanceof Boolean || value instanceof BigDecimal;
    return new Json(kept ? value : value.toString());
  }

  public static Json parse(String text) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return parser.nextToken() == null ? NULL : read(parser);
    }
  }

  /// A sequence of values, as progress and events come.
  public static Values values(InputStream in) throws IOException {
    return new Values(FACTORY.createParser(in));
  }

  /// Values of a stream, each as soon as it is complete.
  public static final class Values implements AutoCloseable {
    private final JsonParser parser;

    private Values(JsonParser parser) {
      this.parser = parser;
    }

    /// The next value; null at the end.
    public @Nullable Json next() throws IOException {
      return parser.nextToken() == null ? null : read(parser);
    }

    @Override
    public void close() throws IOException {
      parser.close();
    }
  }

  private static Json read(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        Map<String, Json> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          members.put(name, read(parser));
        }
        yield new Json(members);
      }
      case START_ARRAY -> {
        List<Json> items = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(read(parser));
        }
        yield new Json(items);
      }
      case VALUE_STRING -> new Json(parser.getText());
      case VALUE_NUMBER_INT ->
          parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
              ? new Json(parser.getDecimalValue())
              : new Json(parser.getLongValue());
      case VALUE_NUMBER_FLOAT -> new Json(parser.getDecimalValue());
      case VALUE_TRUE -> new Json(true);
      case VALUE_FALSE -> new Json(false);
      default -> NULL;
    };
  }

  public Json at(String... path) {
    Json here = this;
    for (String name : path) {
      here = here.fields().getOrDefault(name, NULL);
    }
    return here;
  }

  public boolean has(String name) {
    return fields().containsKey(name);
  }

  public boolean isNull() {
    return value == null;
  }

  public boolean isText() {
    return value instanceof String;
  }

  public boolean isNumber() {
    return value instanceof Number;
  }

  public boolean isObject() {
    return value instanceof Map;
  }

  public boolean isList() {
    return value instanceof List;
  }

  /// Go's idea of an empty value.
  public boolean isEmpty() {
    return value == null
        || (value instanceof String text && text.isEmpty())
        || (value instanceof Long number && number == 0)
        || (value instanceof BigDecimal decimal && decimal.signum() == 0)
        || (value instanceof Boolean truth && !truth)
        || (value instanceof List<?> list && list.isEmpty())
        || (value instanceof Map<?, ?> map && map.isEmpty());
  }

  public String text() {
    return value == null ? "" : value instanceof String text ? text : write();
  }

  public long number() {
    return value instanceof Number number ? number.longValue() : 0;
  }

  public boolean truth() {
    return value instanceof Boolean truth && truth;
  }

  @SuppressWarnings("unchecked") // only this class fills the list
  public List<Json> items() {
    return value instanceof List ? (List<Json>) value : List.of();
  }

  @SuppressWarnings("unchecked") // only this class fills the map
  public Map<String, Json> fields() {
    return value instanceof Map ? (Map<String, Json>) value : Map.of();
  }

  public List<String> texts() {
    List<String> result = new ArrayList<>();
    for (Json item : items()) {
      result.add(item.text());
    }
    return result;
  }

  /// On one line.
  public String write() {
    StringBuilder out = new StringBuilder();
    write(out, "", "");
    return out.toString();
  }

  /// Indented by four spaces.
  public String pretty() {
    StringBuilder out = new StringBuilder();
    write(out, "\n", "    ");
    return out.toString();
  }

  private void write(StringBuilder out, String line, String step) {
    String inner = line + step;
    if (value instanceof String text) {
      quote(out, text);
    } else if (value instanceof List<?> list) {
      char before = '[';
      for (Json item : items()) {
        out.append(before).append(inner);
        item.write(out, inner, step);
        before = ',';
      }
      out.append(list.isEmpty() ? "[" : line).append(']');
    } else if (value instanceof Map<?, ?> map) {
      char before = '{';
      for (Map.Entry<String, Json> member : fields().entrySet()) {
        out.append(before).append(inner);
        quote(out, member.getKey());
        out.append(step.isEmpty() ? ":" : ": ");
        member.getValue().write(out, inner, step);
        before = ',';
      }
      out.append(map.isEmpty() ? "{" : line).append('}');
    } else {
      out.append(value);
    }
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20) {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16));
            out.append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  @Override
  public String toString() {
    return write();
  }
}
