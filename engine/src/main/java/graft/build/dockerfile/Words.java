package graft.build.dockerfile;

import graft.build.dockerfile.Substitution.Keep;
import graft.build.dockerfile.Substitution.Result;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Quotes, escapes and variables of words. All forms of a shell's parameter expansion are known,
/// see `Substitution`; what cannot be understood is a [DockerfileException] without location.
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
  public Expanded expand(String word, Function<String, Optional<String>> lookup) {
    return expanded(Substitution.of(word, escape, Keep.NOTHING, lookup));
  }

  /// The same of a text that becomes several words, or none, because of blanks in it or in what is
  /// inserted.
  public Split split(String text, Function<String, Optional<String>> lookup) {
    Result result = Substitution.of(text, escape, Keep.NOTHING, lookup);
    return new Split(result.words(), result.unmatched());
  }

  /// For here-documents, in which quotes are characters as others and a backslash is the escape,
  /// whatever the directive says.
  public static Expanded expandText(String text, Function<String, Optional<String>> lookup) {
    return expanded(Substitution.of(text, '\\', new Keep(false, false, true, false), lookup));
  }

  /// For what progress shows: quotes and variables that are not set stay. The text itself if it
  /// cannot be understood.
  public String expandKnown(String text, Function<String, Optional<String>> lookup) {
    try {
      return Substitution.of(text, escape, new Keep(true, false, false, true), lookup).value();
    } catch (DockerfileException e) {
      return text;
    }
  }

  private static Expanded expanded(Result result) {
    return new Expanded(result.value(), result.matched(), result.unmatched());
  }
}
