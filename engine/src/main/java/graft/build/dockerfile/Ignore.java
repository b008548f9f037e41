package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// What `.dockerignore` leaves out of a context. Of the patterns that match a path, or a directory
/// it is in, the last one decides; with `!` before it lets in again.
public final class Ignore {
  public static final Ignore NOTHING = new Ignore(List.of());

  /// A walker's state above the first directory.
  public static final Match ROOT = new Match(false, new BitSet());

  /// @param text as written, with `!` and cleaned
  private record Pattern(String text, boolean letsIn, PathPattern paths) {
    /// What stands before the first character that is not itself.
    String fixed() {
      String path = letsIn ? text.substring(1) : text;
      int end = 0;
      while (end < path.length() && "*?[\\".indexOf(path.charAt(end)) < 0) {
        end++;
      }
      return path.substring(0, end);
    }
  }

  /// @param matched which patterns match the path or a directory it is in
  public record Match(boolean excluded, BitSet matched) {}

  private final List<Pattern> patterns;

  private Ignore(List<Pattern> patterns) {
    this.patterns = List.copyOf(patterns);
  }

  /// @param text of a `.dockerignore`
  /// @throws DockerfileException a pattern makes no sense; without location
  public static Ignore parse(String text) {
    List<String> lines = new ArrayList<>();
    String all = text.startsWith("\ufeff") ? text.substring(1) : text;
    for (String line : all.split("\r?\n", -1)) {
      if (!line.startsWith("#")) {
        lines.add(normal(line));
      }
    }
    return of(lines);
  }

  private static String normal(String line) {
    String pattern = GoText.trim(line);
    boolean letsIn = pattern.startsWith("!");
    if (letsIn) {
      pattern = GoText.trim(pattern.substring(1));
    }
    if (!pattern.isEmpty()) {
      pattern = Paths.clean(pattern);
      pattern = pattern.length() > 1 && pattern.startsWith("/") ? pattern.substring(1) : pattern;
    }
    return letsIn ? "!" + pattern : pattern;
  }

  /// @param patterns as clients send them, and as `--exclude` has them
  /// @throws DockerfileException a pattern makes no sense; without location
  public static Ignore of(List<String> patterns) {
    List<Pattern> read = new ArrayList<>();
    for (String pattern : patterns) {
      String text = GoText.trim(pattern);
      if (text.isEmpty()) {
        continue;
      }
      text = Paths.clean(text);
      if (text.equals("!")) {
        throw new DockerfileException("illegal exclusion pattern: \"!\"");
      }
      boolean letsIn = text.startsWith("!");
      read.add(new Pattern(text, letsIn, PathPattern.parse(letsIn ? text.substring(1) : text)));
    }
    return new Ignore(read);
  }

  /// As to be sent to a client, in order.
  public List<String> patterns() {
    return patterns.stream().map(Pattern::text).toList();
  }

  /// Whether there is a pattern that lets in again.
  public boolean hasExceptions() {
    return patterns.stream().anyMatch(Pattern::letsIn);
  }

  /// Whether a path is left out. Who walks a tree uses [#match] and is faster.
  ///
  /// @param path relative, with `/`
  public boolean excludes(String path) {
    Match match = ROOT;
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      match = match(path.substring(0, slash), match);
    }
    return match(path, match).excluded();
  }

  /// @param path relative, with `/`
  /// @param parent what came out for the directory it is in; [#ROOT] for none
  public Match match(String path, Match parent) {
    BitSet matched = new BitSet();
    boolean excluded = false;
    for (int i = 0; i < patterns.size(); i++) {
      Pattern pattern = patterns.get(i);
      // A pattern that would change nothing is not asked, so that, as in Docker, what is in a
      // directory knows nothing of it either.
      boolean match =
          parent.matched().get(i)
              || (pattern.letsIn() == excluded && pattern.paths().matches(path));
      if (match) {
        matched.set(i);
        excluded = !pattern.letsIn();
      }
    }
    return new Match(excluded, matched);
  }

  /// Whether something below an excluded directory may be let in again, so that it has to be
  /// walked.
  public boolean mayInclude(String directory) {
    String below = directory + "/";
    return patterns.stream()
        .filter(Pattern::letsIn)
        .map(Pattern::fixed)
        .anyMatch(fixed -> fixed.startsWith(below) || below.startsWith(fixed));
  }

  /// The same as [#excludes], where nothing is known of the directories: each pattern is asked for
  /// each of them. Lint does so.
  boolean excludesOrParent(String path) {
    boolean excluded = false;
    for (Pattern pattern : patterns) {
      if (pattern.letsIn() == excluded && matchesOrParent(pattern, path)) {
        excluded = !pattern.letsIn();
      }
    }
    return excluded;
  }

  private static boolean matchesOrParent(Pattern pattern, String path) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (pattern.paths().matches(path.substring(0, slash))) {
        return true;
      }
    }
    return pattern.paths().matches(path);
  }
}
