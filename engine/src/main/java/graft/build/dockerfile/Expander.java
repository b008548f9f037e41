package graft.build.dockerfile;

import java.util.List;

/// Replaces variables; made of [Words] and what is set at some place.
public interface Expander {
  /// The meaning of a word: quotes and escapes are taken off, variables replaced.
  String word(String word);

  /// The same, and what results is cut at blanks that are not quoted.
  List<String> words(String text);

  /// Only variables are replaced; quotes stay. For here-documents.
  String text(String text);
}
