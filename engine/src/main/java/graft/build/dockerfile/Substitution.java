package graft.build.dockerfile;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// One pass over a text that takes off quotes and escapes and replaces variables.
///
/// The forms are those of a shell: `$v ${v} ${v:-w} ${v-w} ${v:+w} ${v+w} ${v:?w} ${v?w} ${v#p}
/// ${v##p} ${v%p} ${v%%p} ${v/p/r} ${v//p/r}`. Words in them are substituted in turn.
final class Substitution {
  /// Braces in braces. More are no use to anybody, and each costs stack.
  static final int DEEPEST = 200;

  /// Characters of a result beyond those of the text: variables that contain each other double with
  /// every line, and the kernel takes no more than 128 KB.
  static final int LONGEST = 1 << 20;

  private static final int END = -1;

  /// What is left as it is.
  ///
  /// @param quotes stay where they are, and still quote
  /// @param escapes stay in the text
  /// @param noQuotes quotes are characters as others
  /// @param unset variables that are not set stay in the text
  record Keep(boolean quotes, boolean escapes, boolean noQuotes, boolean unset) {
    static final Keep NOTHING = new Keep(false, false, false, false);
  }

  private final String text;
  private final char escape;
  private final Keep keep;
  private final Function<String, Optional<String>> lookup;
  private final Set<String> matched = new LinkedHashSet<>();
  private final Set<String> unmatched = new LinkedHashSet<>();
  private int at;
  private int depth;
  private int room = LONGEST;

  private Substitution(
      String text, char escape, Keep keep, Function<String, Optional<String>> lookup) {
    this.text = text;
    this.escape = escape;
    this.keep = keep;
    this.lookup = lookup;
  }

  /// @param words the value cut at blanks that were neither quoted nor escaped
  record Result(String value, List<String> words, Set<String> matched, Set<String> unmatched) {}

  /// @throws DockerfileException without location
  static Result of(String text, char escape, Keep keep, Function<String, Optional<String>> lookup) {
    Substitution s = new Substitution(text, escape, keep, lookup);
    try {
      Words words = s.until(END, keep.escapes());
      return new Result(words.all.toString(), words.words(), s.matched, s.unmatched);
    } catch (DockerfileException e) {
      throw new DockerfileException(
          "failed to process " + GoText.quote(shown(text)) + ": " + e.getMessage());
    }
  }

  private static String shown(String text) {
    return text.length() <= 1000 ? text : text.substring(0, 1000) + "…";
  }

  /// The words of an instruction as far as here-documents are concerned. None if it cannot be cut:
  /// a shell may understand what is not understood here.
  static List<String> heredocWords(String text) {
    try {
      return of(text, '\\', new Keep(true, true, false, true), _ -> Optional.empty()).words();
    } catch (DockerfileException e) {
      return List.of();
    }
  }

  static List<String> heredocName(String text, boolean quotes) {
    return of(text, '\\', new Keep(quotes, false, false, true), _ -> Optional.empty()).words();
  }

  /// What comes out, whole and in words.
  private static final class Words {
    final StringBuilder all = new StringBuilder();
    private final StringBuilder word = new StringBuilder();
    private final List<String> done = new ArrayList<>();

    /// Characters whose blanks part words.
    void add(String s) {
      s.codePoints().forEach(this::add);
    }

    void add(int c) {
      all.appendCodePoint(c);
      if (!GoText.isSpace(c)) {
        word.appendCodePoint(c);
      } else if (!word.isEmpty()) {
        done.add(word.toString());
        word.setLength(0);
      }
    }

    void addQuoted(String s) {
      all.append(s);
      word.append(s);
    }

    List<String> words() {
      if (!word.isEmpty()) {
        done.add(word.toString());
        word.setLength(0);
      }
      return done;
    }
  }

  private int peek() {
    return at < text.length() ? text.codePointAt(at) : END;
  }

  private int next() {
    int c = peek();
    at += c == END ? 0 : Character.charCount(c);
    return c;
  }

  /// Up to a character, which is read too, or to the end.
  private Words until(int stop, boolean escapes) {
    Words out = new Words();
    while (peek() != END) {
      int c = peek();
      if (c == stop) {
        next();
        return out;
      }
      if (c == '$') {
        out.add(dollar());
      } else if (c == '<') {
        out.addQuoted(less());
      } else if (c == '\'' && !keep.noQuotes()) {
        out.addQuoted(singleQuoted());
      } else if (c == '"' && !keep.noQuotes()) {
        out.addQuoted(doubleQuoted(escapes));
      } else if (c == escape) {
        next();
        String kept = escapes ? Character.toString(escape) : "";
        int escaped = next();
        out.addQuoted(escaped == END ? kept : kept + Character.toString(escaped));
      } else {
        out.add(next());
      }
    }
    if (stop != END) {
      throw new DockerfileException(
          "unexpected end of statement while looking for matching " + Character.toString(stop));
    }
    return out;
  }

  private String singleQuoted() {
    int end = text.indexOf('\'', at + 1);
    if (end < 0) {
      throw new DockerfileException(
          "unexpected end of statement while looking for matching single-quote");
    }
    String quoted = keep.quotes() ? text.substring(at, end + 1) : text.substring(at + 1, end);
    at = end + 1;
    return quoted;
  }

  private String doubleQuoted(boolean escapes) {
    StringBuilder out = new StringBuilder();
    next();
    out.append(keep.quotes() ? "\"" : "");
    while (true) {
      int c = peek();
      if (c == END) {
        throw new DockerfileException(
            "unexpected end of statement while looking for matching double-quote");
      } else if (c == '"') {
        next();
        return out.append(keep.quotes() ? "\"" : "").toString();
      } else if (c == '$') {
        out.append(dollar());
      } else if (c == escape) {
        next();
        out.append(escapes ? Character.toString(escape) : "");
        int following = peek();
        if (following == '"' || following == '$' || following == escape) {
          out.appendCodePoint(next());
        } else if (following != END && !escapes) {
          // Nothing that could be escaped: the escape is a character itself.
          out.append(escape);
        }
      } else {
        out.appendCodePoint(next());
      }
    }
  }

  /// `<<` and the blanks behind it belong to the word that follows: `<< EOF`.
  private String less() {
    int from = at;
    next();
    if (peek() != '<') {
      return "<";
    }
    next();
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
      next();
    }
    return text.substring(from, at);
  }

  private Optional<String> value(String name) {
    Optional<String> value = lookup.apply(name);
    (value.isPresent() ? matched : unmatched).add(name);
    return value;
  }

  /// The name of a variable: letters, digits and underscores, or only digits, or one of the
  /// characters that are names in a shell.
  private String name() {
    int from = at;
    int first = peek();
    if (first != END && "@*#?-$!".indexOf(first) >= 0) {
      next();
    } else if (Character.isDigit(first)) {
      while (Character.isDigit(peek())) {
        next();
      }
    } else {
      while (peek() == '_' || Character.isLetterOrDigit(peek())) {
        next();
      }
    }
    return text.substring(from, at);
  }

  private String dollar() {
    next();
    if (peek() == '{') {
      if (++depth > DEEPEST) {
        throw new DockerfileException("more than " + DEEPEST + " substitutions in each other");
      }
      next();
      String result = braces();
      depth--;
      return bounded(result);
    }
    String name = name();
    if (name.isEmpty()) {
      return "$";
    }
    Optional<String> value = value(name);
    return bounded(value.orElse(keep.unset() ? "$" + name : ""));
  }

  private String bounded(String inserted) {
    room -= inserted.length();
    if (room < 0) {
      throw new DockerfileException("variables insert more than " + LONGEST + " characters");
    }
    return inserted;
  }

  private String braces() {
    switch (peek()) {
      case END -> throw new DockerfileException("syntax error: missing '}'");
      case '{', '}', ':' -> throw new DockerfileException("syntax error: bad substitution");
      default -> {}
    }
    String name = name();
    int operator = next();
    return switch (operator) {
      case END -> throw new DockerfileException("syntax error: missing '}'");
      case '}' -> {
        Optional<String> value = value(name);
        yield value.orElse(keep.unset() ? "${" + name + "}" : "");
      }
      case ':' -> conditional(name, next(), true);
      case '+', '-', '?' -> conditional(name, operator, false);
      case '#', '%' -> trimmed(name, operator);
      case '/' -> replaced(name);
      default -> throw unsupported(Character.toString(operator));
    };
  }

  private static DockerfileException unsupported(String operator) {
    return new DockerfileException("unsupported modifier (" + operator + ") in substitution");
  }

  private String word(int stop, boolean escapes, String missing) {
    try {
      return until(stop, escapes).all.toString();
    } catch (DockerfileException e) {
      if (peek() == END) {
        throw new DockerfileException("syntax error: missing " + missing);
      }
      throw e;
    }
  }

  /// @param colon empty counts as not set
  private String conditional(String name, int operator, boolean colon) {
    if (operator == END) {
      throw new DockerfileException("syntax error: missing '}'");
    }
    String written = (colon ? ":" : "") + Character.toString(operator);
    if (operator == '#' || operator == '%') {
      throw unsupported(written);
    }
    String word = word('}', false, "'}'");
    Optional<String> set = value(name);
    if (keep.unset() && set.isEmpty()) {
      return "${" + name + written + word + "}";
    }
    Optional<String> value = set.filter(v -> !(colon && v.isEmpty()));
    return switch (operator) {
      case '-' -> value.orElse(word);
      case '+' -> value.isPresent() ? word : "";
      case '?' ->
          value.orElseThrow(() -> {
            String why = set.isPresent() ? "empty" : "unset";
            return new DockerfileException(
                name + ": " + (word.isEmpty() ? "is not allowed to be " + why : word));
          });
      default -> throw unsupported(written);
    };
  }

  private String trimmed(String name, int operator) {
    String word = word('}', true, "'}'");
    String written = Character.toString(operator);
    Optional<String> value = value(name);
    if (value.isEmpty()) {
      return keep.unset() ? "${" + name + written + word + "}" : "";
    }
    boolean longest = word.startsWith(written);
    String pattern = longest ? word.substring(1) : word;
    ShellPattern glob = glob(pattern);
    return operator == '#'
        ? glob.withoutPrefix(value.get(), longest)
        : glob.withoutSuffix(value.get(), longest);
  }

  private String replaced(String name) {
    boolean all = peek() == '/';
    if (all) {
      next();
    }
    String pattern = word('/', true, "'/' in ${}");
    String replacement = word('}', true, "'}'");
    Optional<String> value = value(name);
    if (value.isEmpty() && keep.unset()) {
      return "${" + name + "/" + pattern + "/" + replacement + "}";
    }
    return glob(pattern).replace(value.orElse(""), replacement, all);
  }

  private static ShellPattern glob(String pattern) {
    try {
      return ShellPattern.parse(pattern);
    } catch (DockerfileException e) {
      throw new DockerfileException(
          "invalid pattern (" + pattern + ") in substitution: " + e.getMessage());
    }
  }
}
