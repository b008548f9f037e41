package graft.docker.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import graft.error.GraftException;
import graft.oci.Json;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// JSON as Go's encoder writes it: `<`, `>`, `&` and the two line separators of Unicode are escaped
/// wherever they stand, so that the text may be put into HTML and JavaScript.
public final class GoJson {
  private static final ObjectWriter WRITER = Json.MAPPER.writer(new Escapes());

  private GoJson() {}

  /// The document and what follows it, a line end usually.
  public static byte[] bytes(JsonNode node, String end) {
    try {
      byte[] bytes = WRITER.writeValueAsBytes(node);
      byte[] all = Arrays.copyOf(bytes, bytes.length + end.length());
      for (int i = 0; i < end.length(); i++) {
        all[bytes.length + i] = (byte) end.charAt(i);
      }
      return all;
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write JSON", e);
    }
  }

  private static final class Escapes extends CharacterEscapes {
    private static final long serialVersionUID = 1;

    private final int[] ascii = ascii();

    private static int[] ascii() {
      int[] table = CharacterEscapes.standardAsciiEscapesForJSON();
      table['<'] = ESCAPE_CUSTOM;
      table['>'] = ESCAPE_CUSTOM;
      table['&'] = ESCAPE_CUSTOM;
      return table;
    }

    @Override
    public int[] getEscapeCodesForAscii() {
      return ascii.clone();
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int c) {
      return switch (c) {
        case '<', '>', '&', 0x2028, 0x2029 -> new SerializedString(String.format("\\u%04x", c));
        default -> null;
      };
    }
  }
}
