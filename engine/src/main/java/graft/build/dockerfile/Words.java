package graft.build.dockerfile;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Quotes, escapes and variables of words.
///
/// @param escape `\` or a backtick
public record Words(char escape) {
  /// @param value what came out
  /// @param matched variables that were set
  /// @param unmatched names that were used and are not set
  public record Expanded(String value, Set<String> matched, Set<String> unmatched) {}

  /// @param words what came out, cut at unquoted blanks
  public record Split(List<String> words, Set<String> unmatched) {}

  /// A word's meaning: quotes and escapes are taken off, variables replaced.
  ///
  /// @throws IllegalArgumentException a brace or quote is not closed, `${x:?}` and x is not set, …
  public Expanded expand(String word, Function<String, Optional<String>> lookup) {
    throw new UnsupportedOperationException(word + lookup);
  }

  public Split split(String text, Function<String, Optional<String>> lookup) {
    throw new UnsupportedOperationException(text + lookup);
  }

  /// Replaces variables and leaves quotes and escapes; for here-documents.
  public Expanded expandRaw(String text, Function<String, Optional<String>> lookup) {
    throw new UnsupportedOperationException(text + lookup);
  }

  /// Replaces variables that are set, leaves all else as it is; for what progress shows.
  public String expandKnown(String text, Map<String, String> variables) {
    throw new UnsupportedOperationException(text + variables);
  }
}
