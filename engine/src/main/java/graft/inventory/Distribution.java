package graft.inventory;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whose packages these are.
///
/// @param id `debian`, in lower case; empty if nothing is said
/// @param version `12`; empty if it has none
public record Distribution(String id, String version) {
  public static final Distribution UNKNOWN = new Distribution("", "");

  /// From the text of an `os-release`. Source: os-release(5).
  public static Distribution parse(String text) {
    Map<String, String> values = new HashMap<>();
    for (String line : text.lines().limit(1000).toList()) {
      int equals = line.indexOf('=');
      if (equals > 0 && !line.startsWith("#")) {
        String value = line.substring(equals + 1).strip();
        if (value.length() > 1 && "\"'".indexOf(value.charAt(0)) >= 0) {
          value = value.substring(1, value.length() - 1);
        }
        values.put(line.substring(0, equals).strip(), value);
      }
    }
    return new Distribution(plain(values.get("ID")), plain(values.get("VERSION_ID")));
  }

  private static String plain(@Nullable String value) {
    return value == null ? "" : value.replaceAll("[^A-Za-z0-9._-]", "").toLowerCase(Locale.ROOT);
  }
}
