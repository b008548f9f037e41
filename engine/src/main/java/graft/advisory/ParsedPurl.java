package graft.advisory;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A package URL that a document has. Source: package-url/purl-spec.
///
/// @param namespace without slashes around it; empty if there is none
/// @param version empty for all
record ParsedPurl(
    String type, String namespace, String name, String version, Map<String, String> qualifiers) {
  private static final int LONGEST = 2048;

  ParsedPurl {
    qualifiers = Map.copyOf(qualifiers);
  }

  /// Empty for what is none.
  static Optional<ParsedPurl> parse(String text) {
    if (!text.startsWith("pkg:") || text.length() > LONGEST) {
      return Optional.empty();
    }
    String rest = before(text.substring(4), text.indexOf('#') - 4);
    int question = rest.indexOf('?');
    Map<String, String> qualifiers = new HashMap<>();
    if (question >= 0) {
      for (String pair : rest.substring(question + 1).split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          qualifiers.put(
              pair.substring(0, equals).toLowerCase(Locale.ROOT),
              decoded(pair.substring(equals + 1)));
        }
      }
    }
    String path = before(rest, question);
    int at = path.lastIndexOf('@');
    // An @ before the last slash is that of an npm scope that nobody escaped.
    boolean versioned = at > path.lastIndexOf('/');
    String named = versioned ? path.substring(0, at) : path;
    String[] parts = named.replaceAll("^/+|/+$", "").split("/+", -1);
    if (parts.length < 2 || parts[parts.length - 1].isEmpty()) {
      return Optional.empty();
    }
    StringBuilder namespace = new StringBuilder();
    for (int i = 1; i < parts.length - 1; i++) {
      namespace.append(i == 1 ? "" : "/").append(decoded(parts[i]));
    }
    return Optional.of(
        new ParsedPurl(
            parts[0].toLowerCase(Locale.ROOT),
            namespace.toString(),
            decoded(parts[parts.length - 1]),
            versioned ? decoded(path.substring(at + 1)) : "",
            qualifiers));
  }

  private static String before(String text, int end) {
    return end < 0 ? text : text.substring(0, end);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      // A lone percent sign stands for itself.
      return text;
    }
  }

  String qualifier(String name) {
    return qualifiers.getOrDefault(name, "");
  }

  /// `namespace/name`, or the name alone.
  String path() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
