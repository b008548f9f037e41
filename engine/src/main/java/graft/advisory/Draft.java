package graft.advisory;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// What an import has found so far. Readers hand in what they understood and say what they did not;
/// nothing of it is in the database yet.
final class Draft {
  private static final int EXAMPLES = 20;
  private static final int LONGEST_EXAMPLE = 300;

  /// Of an id or the name of a package.
  private static final int LONGEST_NAME = 512;

  /// A reason may quote a stranger, who has many words.
  private static final int MOST_REASONS = 100;

  private static final int LONGEST_REASON = 120;

  private final String source;
  private final SortedLines lines;
  private final SortedSet<String> formats = new TreeSet<>();
  private final SortedMap<String, Long> skipped = new TreeMap<>();
  private final List<String> examples = new ArrayList<>();
  private long records;
  private long statements;

  Draft(String source, SortedLines lines) {
    this.source = source;
    this.lines = lines;
  }

  String source() {
    return source;
  }

  /// Takes it, or says why not.
  ///
  /// @return whether it was taken
  boolean add(String where, Advisory advisory) throws IOException {
    if (!isName(advisory.id()) || !isName(advisory.name())) {
      skip(where, "an id or a name of a package that is empty, too long or not one line");
      return false;
    }
    lines.add(Lines.of(advisory));
    statements++;
    return true;
  }

  void addNames(String id, Set<String> aliases) throws IOException {
    Set<String> good = new TreeSet<>(aliases);
    good.removeIf(alias -> !isName(alias));
    for (byte[] line : Lines.names(source, id, good)) {
      lines.add(line);
    }
  }

  boolean add(String where, Suppression suppression) throws IOException {
    if (!isName(suppression.document()) || !isName(suppression.vulnerability())) {
      skip(where, "a document or a vulnerability without an id, or one that is too long");
      return false;
    }
    lines.add(Lines.of(suppression));
    statements++;
    return true;
  }

  /// A record of this format was used.
  void read(String format) {
    formats.add(format);
    records++;
  }

  void skip(String where, String reason) {
    String known = plain(reason, LONGEST_REASON);
    if (!skipped.containsKey(known) && skipped.size() >= MOST_REASONS) {
      known = "other reasons";
    }
    skipped.merge(known, 1L, Long::sum);
    if (examples.size() < EXAMPLES) {
      examples.add(plain(where + ": " + reason, LONGEST_EXAMPLE));
    }
  }

  private static String plain(String text, int longest) {
    String start = text.length() > longest ? text.substring(0, longest) + "…" : text;
    return start.replaceAll("\\p{Cntrl}", "?");
  }

  static boolean isName(String text) {
    return !text.isEmpty()
        && text.length() <= LONGEST_NAME
        && text.chars().noneMatch(c -> c < ' ' || c == 0x7f);
  }

  Source finish(Instant now) {
    return new Source(source, now, formats, records, statements, skipped, examples);
  }
}
