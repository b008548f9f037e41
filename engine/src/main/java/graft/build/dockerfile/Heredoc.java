package graft.build.dockerfile;

/// A here-document: text that stands in the Dockerfile below the instruction that uses it.
///
/// @param name the word after `<<`, without its quotes
/// @param text as written, with the last line's end
/// @param expand variables in it are replaced, for COPY and ADD: the name was not quoted
/// @param chomp leading tabs of each line are taken off: `<<-`
public record Heredoc(String name, String text, boolean expand, boolean chomp) {
  /// What is in the file, or given to the shell, before variables are replaced.
  public String content() {
    return chomp ? text.replaceAll("(?m)^\t+", "") : text;
  }
}
