package graft.build.dockerfile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An instruction taken apart into words, before anybody asks what they mean.
///
/// @param line the whole instruction, continued lines joined
/// @param flags the words with `--` that follow the keyword
/// @param words what follows them; a single one if the instruction does not cut its text
/// @param json the words were a JSON array
/// @param pairs of ENV and LABEL, in place of words
/// @param trigger of ONBUILD
record Statement(
    Lines lines,
    String line,
    String keyword,
    List<String> flags,
    List<String> words,
    boolean json,
    List<KeyValue> pairs,
    List<Heredoc> heredocs,
    List<String> comments,
    @Nullable Statement trigger) {
  Statement {
    flags = List.copyOf(flags);
    words = List.copyOf(words);
    pairs = List.copyOf(pairs);
    heredocs = List.copyOf(heredocs);
    comments = List.copyOf(comments);
  }

  Statement with(Lines place, List<Heredoc> documents) {
    return new Statement(
        place, line, keyword, flags, words, json, pairs, documents, comments, trigger);
  }

  Origin origin() {
    return new Origin(lines, keyword, GoText.trim(line), comments);
  }
}
