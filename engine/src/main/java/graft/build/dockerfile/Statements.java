package graft.build.dockerfile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ArrayNode;
import graft.oci.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The text of an instruction → its words. Each instruction has its own way of being cut.
final class Statements {
  private static final ObjectReader JSON =
      Json.MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final String line;
  private final char escape;
  private final Lines lines;
  private final List<String> comments;
  private final String keyword;
  private final List<String> flags;
  private final String rest;

  private Statements(String line, char escape, Lines lines, List<String> comments) {
    this.line = line;
    this.escape = escape;
    this.lines = lines;
    this.comments = comments;
    List<String> parts = Tokens.blanks(GoText.trim(line), 2);
    this.keyword = parts.isEmpty() ? "" : parts.getFirst();
    Tokens.Flagged flagged =
        parts.size() == 2 ? Tokens.flags(parts.get(1), escape) : new Tokens.Flagged(List.of(), "");
    this.flags = flagged.flags();
    this.rest = GoText.trim(flagged.rest());
  }

  /// @throws DockerfileException without location
  static Statement read(String line, char escape, Lines lines, List<String> comments) {
    return new Statements(line, escape, lines, comments).read();
  }

  static boolean takesHeredocs(Statement statement) {
    Statement one = statement.trigger() == null ? statement : statement.trigger();
    return switch (one.keyword().toLowerCase(Locale.ROOT)) {
      case "run", "copy", "add" -> !one.json();
      default -> false;
    };
  }

  private Statement read() {
    return switch (keyword.toLowerCase(Locale.ROOT)) {
      case "run", "cmd", "entrypoint", "shell" -> command("", rest);
      case "copy", "add", "volume" ->
          json(rest).map(this::array).orElseGet(() -> words(Tokens.blanks(rest, 0)));
      case "from", "expose" -> words(Tokens.blanks(rest, 0));
      case "arg" -> words(Tokens.words(rest, escape));
      case "env" -> pairs("ENV");
      case "label" -> pairs("LABEL");
      case "maintainer", "stopsignal", "user", "workdir" ->
          words(rest.isEmpty() ? List.of() : List.of(rest));
      case "healthcheck" -> healthcheck();
      case "onbuild" -> onBuild();
      // Refused when its meaning is asked for.
      default -> words(List.of());
    };
  }

  private Statement words(List<String> words) {
    return statement(words, false, List.of(), null);
  }

  private Statement array(List<String> words) {
    return statement(words, true, List.of(), null);
  }

  private Statement statement(
      List<String> words, boolean json, List<KeyValue> pairs, @Nullable Statement trigger) {
    return new Statement(
        lines, line, keyword, flags, words, json, pairs, List.of(), comments, trigger);
  }

  /// @param before a word that is not part of the command; empty for none
  private Statement command(String before, String text) {
    List<String> words = new ArrayList<>();
    if (!before.isEmpty()) {
      words.add(before);
    }
    if (text.isEmpty()) {
      return words(words);
    }
    Optional<List<String>> array = json(text);
    words.addAll(array.orElse(List.of(text)));
    return statement(words, array.isPresent(), List.of(), null);
  }

  private Statement healthcheck() {
    int end = 0;
    while (end < rest.length() && !GoText.isSpace(rest.charAt(end))) {
      end++;
    }
    return command(rest.substring(0, end), GoText.trimLeft(rest.substring(end)));
  }

  private Statement onBuild() {
    if (rest.isEmpty()) {
      return words(List.of());
    }
    String text = rest;
    // ONBUILD ONBUILD is refused later, but a thousand of them must not be a thousand calls deep.
    if (text.regionMatches(true, 0, "onbuild", 0, 7)
        && (text.length() == 7 || GoText.isSpace(text.charAt(7)))) {
      text = "ONBUILD";
    }
    Statement trigger = read(text, escape, lines, List.of());
    return statement(List.of(trigger.keyword()), false, List.of(), trigger);
  }

  /// Texts of an array; empty if it is no JSON array at all.
  private static Optional<List<String>> json(String text) {
    if (!text.startsWith("[")) {
      return Optional.empty();
    }
    JsonNode node;
    try {
      node = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
    if (!(node instanceof ArrayNode array)) {
      return Optional.empty();
    }
    List<String> words = new ArrayList<>();
    for (JsonNode element : array) {
      if (!element.isTextual()) {
        throw new DockerfileException(
            "when using JSON array syntax, arrays must be comprised of strings only");
      }
      words.add(element.textValue());
    }
    return Optional.of(words);
  }

  private Statement pairs(String instruction) {
    List<String> words = Tokens.words(rest, escape);
    List<KeyValue> pairs = new ArrayList<>();
    if (!words.isEmpty() && !words.getFirst().contains("=")) {
      List<String> parts = Tokens.blanks(rest, 2);
      if (parts.size() < 2) {
        throw new DockerfileException(instruction + " must have two arguments");
      }
      pairs.add(new KeyValue(parts.get(0), parts.get(1), true));
    } else {
      for (String word : words) {
        int equals = word.indexOf('=');
        if (equals < 0) {
          throw new DockerfileException(
              "Syntax error - can't find = in "
                  + GoText.quote(word)
                  + ". Must be of the form: name=value");
        }
        pairs.add(new KeyValue(word.substring(0, equals), word.substring(equals + 1), false));
      }
    }
    return statement(List.of(), false, pairs, null);
  }
}
