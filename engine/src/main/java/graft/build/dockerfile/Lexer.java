package graft.build.dockerfile;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Bytes of a Dockerfile → statements: directives, comments, continued lines, here-documents.
final class Lexer {
  /// Bytes of a line, without its end.
  static final int LONGEST_LINE = 65535;

  static final String LINE_TOO_LONG =
      "dockerfile line greater than max allowed size of " + LONGEST_LINE;

  private static final Pattern DIRECTIVE =
      Pattern.compile("([a-zA-Z][a-zA-Z0-9]*)\\s*=\\s*(.+?)\\s*");
  private static final Pattern HEREDOC = Pattern.compile("(?s)(\\d*)<<(-?)\\s*([^<]*)");
  private static final Set<String> DIRECTIVES = Set.of("syntax", "escape", "check");

  /// What stands in a file, before it is cut into words.
  ///
  /// @param escape `\` or a backtick
  /// @param emptyContinuations the last lines of instructions that have empty lines in them
  record Lexed(char escape, List<Statement> statements, List<Lines> emptyContinuations) {}

  private final String file;
  private final byte[] data;

  /// Where the next line begins, how many were read, and the last of them with its end.
  private int at;

  private int line;
  private String raw = "";

  private char escape = '\\';
  private boolean directives = true;
  private final Set<String> seen = new HashSet<>();
  private List<String> comments = new ArrayList<>();
  private final List<Statement> statements = new ArrayList<>();
  private final List<Lines> emptyContinuations = new ArrayList<>();

  private Lexer(String file, byte[] data) {
    this.file = file;
    this.data = data;
  }

  static Lexed lex(String file, byte[] data) {
    Lexer lexer = new Lexer(file, data);
    if (data.length == 0) {
      throw lexer.error("the Dockerfile cannot be empty", 0, 0);
    }
    while (lexer.next(false)) {
      lexer.statement();
    }
    if (lexer.statements.isEmpty()) {
      throw lexer.error("file with no instructions", lexer.line, lexer.line);
    }
    return new Lexed(lexer.escape, lexer.statements, lexer.emptyContinuations);
  }

  private DockerfileException error(String message, int first, int last) {
    List<Lines> lines = first < 1 ? List.of() : List.of(new Lines(first, last));
    return new DockerfileException(message, new Location(file, data, lines));
  }

  /// Reads a line. Bytes that are no UTF-8 are replaced, but not in here-documents, whose content
  /// would be another.
  private boolean next(boolean exact) {
    if (at >= data.length) {
      return false;
    }
    int end = at;
    while (end < data.length && data[end] != '\n') {
      end++;
      if (end - at > LONGEST_LINE) {
        throw error(LINE_TOO_LONG, line + 1, line + 1);
      }
    }
    end = Math.min(end + 1, data.length);
    int from = line == 0 && startsWithBom() ? 3 : at;
    line++;
    ByteBuffer bytes = ByteBuffer.wrap(data, from, end - from);
    if (exact) {
      try {
        raw = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      } catch (CharacterCodingException e) {
        throw error("heredoc is not valid UTF-8", line, line);
      }
    } else {
      raw = StandardCharsets.UTF_8.decode(bytes).toString();
    }
    at = end;
    return true;
  }

  private boolean startsWithBom() {
    return data.length >= 3
        && data[0] == (byte) 0xef
        && data[1] == (byte) 0xbb
        && data[2] == (byte) 0xbf;
  }

  /// The line that was read begins a statement, or is none.
  private void statement() {
    String text = GoText.trimLeft(withoutEnd(raw));
    if (directive(text)) {
      return;
    }
    if (text.startsWith("#")) {
      comment(GoText.trim(withoutEnd(raw).substring(1)));
      return;
    }
    if (text.isEmpty()) {
      return;
    }
    int first = line;
    StringBuilder all = new StringBuilder();
    boolean empty = false;
    boolean more = continued(text);
    all.append(more ? uncontinued(text) : text);
    while (more && next(false)) {
      String part = withoutEnd(raw);
      String trimmed = GoText.trimLeft(part);
      if (trimmed.isEmpty()) {
        empty = true;
      } else if (!trimmed.startsWith("#")) {
        more = continued(part);
        all.append(more ? uncontinued(part) : part);
      }
    }
    if (empty) {
      emptyContinuations.add(new Lines(line, line));
    }
    Statement statement;
    try {
      statement = Statements.read(all.toString(), escape, new Lines(first, line), comments);
    } catch (DockerfileException e) {
      throw e.at(new Location(file, data, List.of(new Lines(first, line))));
    }
    List<Heredoc> documents = new ArrayList<>();
    if (Statements.takesHeredocs(statement)) {
      for (Heredoc heredoc : heredocs(all.toString(), first)) {
        documents.add(read(heredoc, first));
      }
    }
    statements.add(statement.with(new Lines(first, line), documents));
    comments = new ArrayList<>();
  }

  /// Comments describe what is below them; an empty one ends the description.
  private void comment(String text) {
    if (text.isEmpty()) {
      comments = new ArrayList<>();
    } else {
      comments.add(text);
    }
  }

  /// Directives stand before all else, also before other comments.
  private boolean directive(String text) {
    if (!directives) {
      return false;
    }
    Optional<Matcher> found = directive(text, "#");
    if (found.isEmpty()) {
      directives = false;
      return false;
    }
    String key = found.get().group(1).toLowerCase(Locale.ROOT);
    String value = found.get().group(2);
    if (!seen.add(key)) {
      throw error("only one " + key + " parser directive can be used", line, line);
    }
    if (key.equals("escape")) {
      if (!value.equals("\\") && !value.equals("`")) {
        throw error("invalid escape token '" + value + "' does not match ` or \\", line, line);
      }
      escape = value.charAt(0);
    }
    return true;
  }

  /// @param comment what comments begin with
  static Optional<Matcher> directive(String text, String comment) {
    if (!text.startsWith(comment)) {
      return Optional.empty();
    }
    Matcher m = DIRECTIVE.matcher(GoText.trimLeft(text.substring(comment.length())));
    return m.matches() && DIRECTIVES.contains(m.group(1).toLowerCase(Locale.ROOT))
        ? Optional.of(m)
        : Optional.empty();
  }

  static String withoutEnd(String text) {
    int end = text.length();
    while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
      end--;
    }
    return text.substring(0, end);
  }

  /// An escape at the end continues a line, unless another stands before it.
  private boolean continued(String text) {
    int last = lastIndex(text);
    return last >= 0
        && text.charAt(last) == escape
        && (last == 0 || text.charAt(last - 1) != escape);
  }

  private static String uncontinued(String text) {
    return text.substring(0, lastIndex(text));
  }

  private static int lastIndex(String text) {
    int last = text.length() - 1;
    while (last >= 0 && (text.charAt(last) == ' ' || text.charAt(last) == '\t')) {
      last--;
    }
    return last;
  }

  private Heredoc read(Heredoc heredoc, int first) {
    StringBuilder text = new StringBuilder();
    while (next(true)) {
      String end = withoutEnd(raw);
      if (heredoc.chomp()) {
        end = end.replaceFirst("^\t+", "");
      }
      if (end.equals(heredoc.name())) {
        return new Heredoc(heredoc.name(), text.toString(), heredoc.expand(), heredoc.chomp());
      }
      text.append(raw);
    }
    throw error("unterminated heredoc", first, line);
  }

  private List<Heredoc> heredocs(String text, int first) {
    if (!text.contains("<<")) {
      return List.of();
    }
    try {
      return Substitution.heredocWords(text).stream()
          .map(Lexer::heredoc)
          .flatMap(Optional::stream)
          .toList();
    } catch (DockerfileException e) {
      throw e.at(new Location(file, data, List.of(new Lines(first, line))));
    }
  }

  /// The here-document that a word announces, with no text yet: `<<EOF`, `3<<-"EOF"`.
  static Optional<Heredoc> heredoc(String word) {
    Matcher m = HEREDOC.matcher(word);
    if (!m.matches() || m.group(3).isEmpty()) {
      return Optional.empty();
    }
    List<String> names = Substitution.heredocName(m.group(3), false);
    if (names.size() != 1) {
      return Optional.empty();
    }
    String quoted = String.join("", Substitution.heredocName(m.group(3), true));
    boolean expand = quotes(names.getFirst()) == quotes(quoted);
    return Optional.of(new Heredoc(names.getFirst(), "", expand, !m.group(2).isEmpty()));
  }

  private static long quotes(String text) {
    return text.chars().filter(c -> c == '\'' || c == '"').count();
  }
}
