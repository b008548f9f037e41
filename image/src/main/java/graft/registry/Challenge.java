package graft.registry;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// One way to log in that a server offers: RFC 9110, section 11.6.1. Scheme and parameter names in
/// lower case.
record Challenge(String scheme, Map<String, String> parameters) {
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  Challenge {
    parameters = Map.copyOf(parameters);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /// Reads every `WWW-Authenticate` header; what cannot be read is skipped.
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> all = new ArrayList<>();
    for (String header : headers) {
      new Reader(header).readInto(all);
    }
    return all;
  }

  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    void readInto(List<Challenge> all) {
      String scheme = "";
      Map<String, String> parameters = new LinkedHashMap<>();
      while (true) {
        skip(" \t,");
        if (at >= text.length()) {
          break;
        }
        String word = token();
        if (!TOKEN.matcher(word).matches()) {
          at += word.isEmpty() ? 1 : 0;
          continue;
        }
        skip(" \t");
        if (at < text.length() && text.charAt(at) == '=' && !scheme.isEmpty()) {
          at++;
          skip(" \t");
          parameters.putIfAbsent(word.toLowerCase(Locale.ROOT), value());
        } else {
          if (!scheme.isEmpty()) {
            all.add(new Challenge(scheme, parameters));
          }
          scheme = word.toLowerCase(Locale.ROOT);
          parameters = new LinkedHashMap<>();
        }
      }
      if (!scheme.isEmpty()) {
        all.add(new Challenge(scheme, parameters));
      }
    }

    private void skip(String characters) {
      while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private String token() {
      int from = at;
      while (at < text.length() && " \t,=\"".indexOf(text.charAt(at)) < 0) {
        at++;
      }
      return text.substring(from, at);
    }

    private String value() {
      if (at >= text.length() || text.charAt(at) != '"') {
        return token();
      }
      StringBuilder value = new StringBuilder();
      at++;
      while (at < text.length() && text.charAt(at) != '"') {
        if (text.charAt(at) == '\\' && at + 1 < text.length()) {
          at++;
        }
        value.append(text.charAt(at++));
      }
      at++;
      return value.toString();
    }
  }
}
