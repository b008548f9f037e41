package graft.build.dockerfile;

import java.util.List;

/// What `.dockerignore` leaves out of a context.
public final class Ignore {
  private final List<String> patterns;

  private Ignore(List<String> patterns) {
    this.patterns = List.copyOf(patterns);
  }

  /// @param text of a `.dockerignore`
  public static Ignore parse(String text) {
    return of(text.lines().toList());
  }

  /// @throws IllegalArgumentException a pattern makes no sense
  public static Ignore of(List<String> patterns) {
    return new Ignore(patterns);
  }

  /// As to be sent to a client, in order.
  public List<String> patterns() {
    return patterns;
  }

  /// Whether a path is left out: the last pattern that matches it or a directory it is in decides.
  ///
  /// @param path relative, with `/`
  public boolean excludes(String path) {
    throw new UnsupportedOperationException(path);
  }

  /// Whether a path below an excluded directory may be let in again, so that it has to be walked.
  public boolean mayInclude(String directory) {
    throw new UnsupportedOperationException(directory);
  }
}
