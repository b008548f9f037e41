package graft.cli.output;

import graft.cli.json.Json;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The part of Go's templates that people type after `--format`: field paths, variables of range,
/// if, else, range, with, pipes, and docker's functions.
public final class Template {
  private final List<Node> nodes;

  private Template(List<Node> nodes) {
    this.nodes = nodes;
  }

  private sealed interface Node permits Text, Print, Block {}

  private record Text(String text) implements Node {}

  private record Print(String expression) implements Node {}

  private record Block(String kind, String expression, List<Node> body, List<Node> otherwise)
      implements Node {}

  public static Template parse(String source) {
    Reader reader = new Reader(source.replace("\\t", "\t").replace("\\n", "\n"));
    List<Node> nodes = reader.nodes();
    if (!reader.stopped.isEmpty()) {
      throw invalid("unexpected {{" + reader.stopped + "}}");
    }
    return new Template(nodes);
  }

  private static IllegalArgumentException invalid(String why) {
    return new IllegalArgumentException("the template of --format cannot be read: " + why);
  }

  private static final class Reader {
    private final String source;
    private int at;
    private String stopped = "";

    Reader(String source) {
      this.source = source;
    }

    List<Node> nodes() {
      List<Node> nodes = new ArrayList<>();
      stopped = "";
      while (at < source.length()) {
        int open = source.indexOf("{{", at);
        String text = source.substring(at, open < 0 ? source.length() : open);
        boolean trim = open >= 0 && source.startsWith("{{- ", open);
        nodes.add(new Text(trim ? text.stripTrailing() : text));
        if (open < 0) {
          at = source.length();
          break;
        }
        int close = source.indexOf("}}", open);
        if (close < 0) {
          throw invalid("{{ without }}");
        }
        String action = source.substring(open + (trim ? 3 : 2), close).strip();
        at = close + 2;
        if (action.endsWith(" -")) {
          action = action.substring(0, action.length() - 2).strip();
          while (at < source.length() && Character.isWhitespace(source.charAt(at))) {
            at++;
          }
        }
        String word = action.split("\\s", 2)[0];
        switch (word) {
          case "if", "range", "with" -> {
            nodes.add(block(word, action));
            stopped = "";
          }
          case "end", "else" -> {
            stopped = action;
            return nodes;
          }
          default -> nodes.add(new Print(action));
        }
      }
      return nodes;
    }

    private Block block(String kind, String action) {
      List<Node> body = nodes();
      List<Node> otherwise = List.of();
      if (stopped.startsWith("else if ")) {
        otherwise = List.of(block("if", stopped.substring(5)));
      } else if (stopped.equals("else")) {
        otherwise = nodes();
      }
      if (!stopped.equals("end") && !stopped.startsWith("else if ")) {
        throw invalid("{{" + kind + "}} without {{end}}");
      }
      stopped = "end";
      return new Block(kind, action.substring(kind.length()).strip(), body, otherwise);
    }
  }

  /// The quoted arguments that a method is called with, at the top of the template.
  List<String> arguments(String method) {
    List<String> found = new ArrayList<>();
    for (Node node : nodes) {
      if (node instanceof Print print) {
        for (List<String> words : pipeline(print.expression())) {
          if (words.size() == 2 && words.getFirst().equals(method)) {
            String word = words.getLast();
            found.add(word.substring(1, word.length() - 1));
          }
        }
      }
    }
    return found;
  }

  public String render(Json data) {
    StringBuilder out = new StringBuilder();
    Deque<Map<String, Json>> scopes = new ArrayDeque<>();
    scopes.push(Map.of("$", data));
    render(nodes, data, scopes, out);
    return out.toString();
  }

  private static void render(
      List<Node> nodes, Json dot, Deque<Map<String, Json>> scopes, StringBuilder out) {
    for (Node node : nodes) {
      switch (node) {
        case Text text -> out.append(text.text());
        case Print print -> out.append(show(evaluate(print.expression(), dot, scopes)));
        case Block block -> block(block, dot, scopes, out);
      }
    }
  }

  private static void block(
      Block block, Json dot, Deque<Map<String, Json>> scopes, StringBuilder out) {
    String expression = block.expression();
    String[] names = {};
    int assign = expression.indexOf(":=");
    if (assign > 0) {
      names = expression.substring(0, assign).strip().split("\\s*,\\s*");
      expression = expression.substring(assign + 2).strip();
    }
    Json value = evaluate(expression, dot, scopes);
    if (value.isEmpty()) {
      render(block.otherwise(), dot, scopes, out);
    } else if (!block.kind().equals("range")) {
      scopes.push(names.length == 0 ? Map.of() : Map.of(names[0], value));
      render(block.body(), block.kind().equals("with") ? value : dot, scopes, out);
      scopes.pop();
    } else {
      List<Json> keys = new ArrayList<>();
      List<Json> values = new ArrayList<>(value.items());
      for (int i = 0; i < values.size(); i++) {
        keys.add(Json.of(i));
      }
      value.fields().keySet().stream().sorted().forEach(key -> keys.add(Json.of(key)));
      for (int i = values.size(); i < keys.size(); i++) {
        values.add(value.at(keys.get(i).text()));
      }
      for (int i = 0; i < keys.size(); i++) {
        scopes.push(
            switch (names.length) {
              case 0 -> Map.of();
              case 1 -> Map.of(names[0], values.get(i));
              default -> Map.of(names[0], keys.get(i), names[1], values.get(i));
            });
        render(block.body(), values.get(i), scopes, out);
        scopes.pop();
      }
    }
  }

  /// As Go prints a value that came from JSON.
  static String show(Json value) {
    if (value.isNull()) {
      return "<no value>";
    }
    if (value.isList()) {
      List<String> parts = new ArrayList<>();
      value.items().forEach(item -> parts.add(show(item)));
      return "[" + String.join(" ", parts) + "]";
    }
    if (value.isObject()) {
      List<String> parts = new ArrayList<>();
      value.fields().keySet().stream()
          .sorted()
          .forEach(key -> parts.add(key + ":" + show(value.at(key))));
      return "map[" + String.join(" ", parts) + "]";
    }
    return value.text();
  }

  private static Json evaluate(String expression, Json dot, Deque<Map<String, Json>> scopes) {
    Json piped = null;
    for (List<String> words : pipeline(expression)) {
      piped = call(words, piped, dot, scopes);
    }
    if (piped == null) {
      throw invalid("an empty {{}}");
    }
    return piped;
  }

  private static Json call(
      List<String> words, @Nullable Json piped, Json dot, Deque<Map<String, Json>> scopes) {
    String first = words.getFirst();
    if (first.charAt(0) == '.' && words.size() > 1) {
      // A method of docker's with an argument, as .Label "key".
      Json here = operand(first, dot, scopes);
      for (String word : words.subList(1, words.size())) {
        here = here.at(operand(word, dot, scopes).text());
      }
      return here.isNull() ? Json.of("") : here;
    }
    if (!Character.isLetter(first.charAt(0)) || first.equals("true") || first.equals("false")) {
      return operand(first, dot, scopes);
    }
    List<Json> arguments = new ArrayList<>();
    for (String word : words.subList(1, words.size())) {
      arguments.add(operand(word, dot, scopes));
    }
    if (piped != null) {
      arguments.add(piped);
    }
    return TemplateFunctions.call(first, arguments);
  }

  private static Json operand(String word, Json dot, Deque<Map<String, Json>> scopes) {
    char first = word.charAt(0);
    if (first == '(') {
      return evaluate(word.substring(1, word.length() - 1), dot, scopes);
    }
    if (first == '"' || first == '`') {
      return Json.of(
          word.substring(1, word.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\"));
    }
    if (Character.isDigit(first) || first == '-') {
      return Json.of(Long.parseLong(word));
    }
    if (first == '$') {
      int end = word.indexOf('.');
      String name = end < 0 ? word : word.substring(0, end);
      for (Map<String, Json> scope : scopes) {
        Json value = scope.get(name);
        if (value != null) {
          return end < 0 ? value : path(value, word.substring(end));
        }
      }
      throw invalid("undefined variable " + word);
    }
    if (first == '.') {
      return path(dot, word);
    }
    if (word.equals("true") || word.equals("false")) {
      return Json.of(word.equals("true"));
    }
    return TemplateFunctions.call(word, List.of());
  }

  private static Json path(Json from, String path) {
    Json here = from;
    for (String name : path.split("\\.")) {
      if (!name.isEmpty()) {
        here = here.has(name) ? here.at(name) : ignoringCase(here, name);
      }
    }
    return here;
  }

  private static Json ignoringCase(Json from, String name) {
    for (Map.Entry<String, Json> field : from.fields().entrySet()) {
      if (field.getKey().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
        return field.getValue();
      }
    }
    return Json.NULL;
  }

  /// Words by blanks and commands by bars, outside of quotes and parentheses.
  private static List<List<String>> pipeline(String expression) {
    List<List<String>> commands = new ArrayList<>();
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    int depth = 0;
    char quote = 0;
    for (int i = 0; i <= expression.length(); i++) {
      char c = i == expression.length() ? '|' : expression.charAt(i);
      boolean plain = quote == 0 && depth == 0;
      if (plain && (c == '|' || Character.isWhitespace(c))) {
        if (!word.isEmpty()) {
          words.add(word.toString());
          word.setLength(0);
        }
        if (c == '|' && !words.isEmpty()) {
          commands.add(words);
          words = new ArrayList<>();
        }
        continue;
      }
      if (quote != 0) {
        quote = c == quote && expression.charAt(i - 1) != '\\' ? 0 : quote;
      } else if (c == '"' || c == '`') {
        quote = c;
      } else {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      }
      word.append(c);
    }
    if (quote != 0 || depth != 0) {
      throw invalid("unclosed quote or parenthesis in {{" + expression + "}}");
    }
    return commands;
  }
}
