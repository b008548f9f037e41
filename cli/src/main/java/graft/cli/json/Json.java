package graft.cli.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackReader;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One JSON value. A member that is not there reads as null, and null reads as empty text, zero,
/// false and no items: the engine leaves out what it has nothing to say about.
public final class Json {
  public static final Json NULL = new Json(null);

  /// Of the longest long, with its sign.
  private static final int DIGITS = 20;

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
    Json value = new Values(new StringReader(text)).next();
    return value == null ? NULL : value;
  }

  /// A sequence of values, as progress and events come.
  public static Values values(InputStream in) {
    return new Values(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  /// Values of a stream, each as soon as it is complete. The stream is its owner's to close.
  public static final class Values {
    private final PushbackReader in;
    private final JsonReader reader;
    private boolean begun;

    private Values(Reader in) {
      this.in = new PushbackReader(in);
      this.reader = new JsonReader(this.in);
      // A strict one does not take one value after the other.
      reader.setStrictness(Strictness.LENIENT);
    }

    /// The next value; null at the end.
    public @Nullable Json next() throws IOException {
      if (!begun && isEmpty()) {
        return null;
      }
      begun = true;
      try {
        return reader.peek() == JsonToken.END_DOCUMENT ? null : read(reader);
      } catch (MalformedJsonException e) {
        throw new IOException("what came is not JSON, at " + reader.getPath(), e);
      }
    }

    /// A reader of JSON takes this for an end that came too early.
    private boolean isEmpty() throws IOException {
      for (int c = in.read(); c >= 0; c = in.read()) {
        if (!Character.isWhitespace(c)) {
          in.unread(c);
          return false;
        }
      }
      return true;
    }
  }

  private static Json read(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> {
        Map<String, Json> members = new LinkedHashMap<>();
        reader.beginObject();
        while (reader.hasNext()) {
          members.put(reader.nextName(), read(reader));
        }
        reader.endObject();
        yield new Json(members);
      }
      case BEGIN_ARRAY -> {
        List<Json> items = new ArrayList<>();
        reader.beginArray();
        while (reader.hasNext()) {
          items.add(read(reader));
        }
        reader.endArray();
        yield new Json(items);
      }
      case STRING -> new Json(reader.nextString());
      case NUMBER -> new Json(number(reader.nextString()));
      case BOOLEAN -> new Json(reader.nextBoolean());
      case NULL -> {
        reader.nextNull();
        yield NULL;
      }
      case END_OBJECT, END_ARRAY, NAME, END_DOCUMENT ->
          throw new IOException("what came is not JSON, at " + reader.getPath());
    };
  }

  /// A BigDecimal only where it has to be one: that class works out powers of five when it is first
  /// used, which takes a fifth of a command's time.
  private static Number number(String text) {
    boolean whole = text.length() <= DIGITS;
    for (int i = text.startsWith("-") ? 1 : 0; whole && i < text.length(); i++) {
      whole = text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    if (whole) {
      try {
        return Long.valueOf(text);
      } catch (NumberFormatException e) {
        // More than a long holds.
        return new BigDecimal(text);
      }
    }
    return new BigDecimal(text);
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
