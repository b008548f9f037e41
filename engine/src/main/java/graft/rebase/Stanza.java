package graft.rebase;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A record of `key: value` lines, as text. Source: deb-control(5); apk's `installed` is alike.
final class Stanza {
  private Stanza() {}

  /// The records of a file, each without blanks around it.
  static List<String> split(String text) {
    List<String> all = new ArrayList<>();
    int from = 0;
    int at = 0;
    while (at <= text.length()) {
      int end = text.indexOf('\n', at);
      int stop = end < 0 ? text.length() : end;
      if (end < 0 || isBlank(text, at, stop)) {
        int until = end < 0 ? text.length() : at;
        String stanza = text.substring(from, until).strip();
        if (!stanza.isEmpty()) {
          all.add(stanza);
        }
        from = stop + 1;
      }
      if (end < 0) {
        break;
      }
      at = stop + 1;
    }
    return all;
  }

  private static boolean isBlank(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!Character.isWhitespace(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// The value of a field, with lines that go on in the next joined by blanks; the first of a name
  /// counts.
  static Optional<String> field(String stanza, String name) {
    int at = 0;
    while (at < stanza.length()) {
      int end = stanza.indexOf('\n', at);
      int stop = end < 0 ? stanza.length() : end;
      if (stanza.startsWith(name, at) && stanza.startsWith(":", at + name.length())) {
        StringBuilder value = new StringBuilder(stanza.substring(at + name.length() + 1, stop));
        while (stop + 1 < stanza.length()
            && (stanza.charAt(stop + 1) == ' ' || stanza.charAt(stop + 1) == '\t')) {
          int next = stanza.indexOf('\n', stop + 1);
          int until = next < 0 ? stanza.length() : next;
          value.append(' ').append(stanza, stop + 1, until);
          stop = until;
        }
        return Optional.of(value.toString().strip());
      }
      at = stop + 1;
    }
    return Optional.empty();
  }

  /// `PACKAGE:ARCHITECTURE`
  static Optional<String> dpkgKey(String stanza) {
    return field(stanza, "Package").map(p -> p + ":" + field(stanza, "Architecture").orElse(""));
  }
}
