package graft.advisory;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The database as lines of UTF-8 with tabs between their fields, of three kinds:
///
/// - `a ECOSYSTEM PACKAGE SOURCE ID {…}`: an advisory
/// - `n NAME OTHER SOURCE`: another name of a vulnerability that is no CVE
/// - `v VULNERABILITY SOURCE DOCUMENT {…}`: a suppression
///
/// Sorted by their bytes they are an index of themselves. No field has a byte below 0x20 in it:
/// those of JSON are escaped, others are refused before they come here.
final class Lines {
  static final String ADVISORY = "a";
  static final String NAME = "n";
  static final String SUPPRESSION = "v";

  private static final byte TAB = '\t';
  private static final int MOST_NAMES = 100;

  private Lines() {}

  /// A line of these fields, or the beginning of one if the last is empty.
  static byte[] of(String... fields) {
    return String.join("\t", fields).getBytes(StandardCharsets.UTF_8);
  }

  static byte[] of(Advisory a) {
    return with(of(ADVISORY, a.ecosystem().name(), a.name(), a.source(), a.id(), ""), a.body());
  }

  static byte[] of(Suppression s) {
    return with(of(SUPPRESSION, s.vulnerability(), s.source(), s.document(), ""), s.body());
  }

  private static byte[] with(byte[] head, byte[] body) {
    byte[] line = Arrays.copyOf(head, head.length + body.length);
    System.arraycopy(body, 0, line, head.length, body.length);
    return line;
  }

  /// From each name that is no CVE to the CVEs of the same vulnerability, or, where there are none,
  /// to its other names.
  static List<byte[]> names(String source, String id, Set<String> aliases) {
    Set<String> names = new TreeSet<>(aliases);
    names.add(id);
    List<String> cves = names.stream().filter(Advisory::isCve).toList();
    List<byte[]> lines = new ArrayList<>();
    for (String name : names.stream().limit(MOST_NAMES).toList()) {
      if (!Advisory.isCve(name)) {
        for (String other : cves.isEmpty() ? names : cves) {
          if (!other.equals(name) && lines.size() < MOST_NAMES) {
            lines.add(of(NAME, name, other, source));
          }
        }
      }
    }
    return lines;
  }

  static String source(byte[] line) {
    return switch (line[0]) {
      case 'v' -> field(line, 2);
      default -> field(line, 3);
    };
  }

  /// A field before the last.
  static String field(byte[] line, int index) {
    int from = start(line, index);
    int end = from;
    while (end < line.length && line[end] != TAB) {
      end++;
    }
    return new String(line, from, end - from, StandardCharsets.UTF_8);
  }

  static Advisory advisory(byte[] line, Ecosystem ecosystem) {
    return Advisory.of(field(line, 3), field(line, 4), ecosystem, field(line, 2), rest(line, 5));
  }

  static Suppression suppression(byte[] line) {
    return Suppression.of(field(line, 2), field(line, 3), field(line, 1), rest(line, 4));
  }

  private static byte[] rest(byte[] line, int index) {
    return Arrays.copyOfRange(line, start(line, index), line.length);
  }

  private static int start(byte[] line, int index) {
    int at = 0;
    for (int i = 0; i < index && at < line.length; at++) {
      if (line[at] == TAB) {
        i++;
      }
    }
    return at;
  }
}
