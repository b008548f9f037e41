package graft.cli.output;

import graft.cli.json.Json;
import java.util.List;
import java.util.Locale;

/// The functions of Go's templates and the ones docker adds.
final class TemplateFunctions {
  private TemplateFunctions() {}

  static Json call(String name, List<Json> arguments) {
    return switch (name) {
      case "json" -> Json.of(one(name, arguments).write());
      case "upper" -> Json.of(one(name, arguments).text().toUpperCase(Locale.ROOT));
      case "lower" -> Json.of(one(name, arguments).text().toLowerCase(Locale.ROOT));
      case "len" -> {
        Json value = one(name, arguments);
        yield Json.of(
            value.isList()
                ? value.items().size()
                : value.isObject() ? value.fields().size() : value.text().length());
      }
      case "join" -> Json.of(String.join(second(name, arguments).text(), arguments.get(0).texts()));
      case "split" ->
          Json.of(
              List.of(
                  arguments
                      .get(0)
                      .text()
                      .split(java.util.regex.Pattern.quote(second(name, arguments).text()), -1)));
      case "index" -> {
        Json here = one(name, arguments);
        for (Json key : arguments.subList(1, arguments.size())) {
          long at = key.number();
          here =
              here.isObject()
                  ? here.at(key.text())
                  : at >= 0 && at < here.items().size() ? here.items().get((int) at) : Json.NULL;
        }
        yield here;
      }
      case "print", "println" -> {
        StringBuilder out = new StringBuilder();
        for (Json argument : arguments) {
          out.append(out.isEmpty() ? "" : " ").append(argument.text());
        }
        yield Json.of(name.equals("println") ? out.append('\n').toString() : out.toString());
      }
      case "printf" -> Json.of(printf(one(name, arguments).text(), arguments));
      case "title" -> Json.of(title(one(name, arguments).text()));
      case "pad" -> {
        String text = one(name, arguments).text();
        long before = second(name, arguments).number();
        long after = arguments.size() > 2 ? arguments.get(2).number() : 0;
        yield Json.of(
            text.isEmpty() ? "" : " ".repeat((int) before) + text + " ".repeat((int) after));
      }
      case "truncate" -> {
        String text = one(name, arguments).text();
        long length = second(name, arguments).number();
        yield Json.of(text.length() > length ? text.substring(0, (int) length) : text);
      }
      case "lt" -> Json.of(compare(name, arguments) < 0);
      case "le" -> Json.of(compare(name, arguments) <= 0);
      case "gt" -> Json.of(compare(name, arguments) > 0);
      case "ge" -> Json.of(compare(name, arguments) >= 0);
      case "eq" -> Json.of(one(name, arguments).write().equals(second(name, arguments).write()));
      case "ne" -> Json.of(!one(name, arguments).write().equals(second(name, arguments).write()));
      case "not" -> Json.of(one(name, arguments).isEmpty());
      case "and" -> arguments.stream().filter(Json::isEmpty).findFirst().orElse(last(arguments));
      case "or" ->
          arguments.stream().filter(value -> !value.isEmpty()).findFirst().orElse(last(arguments));
      default ->
          throw new IllegalArgumentException(
              "the template of --format cannot be read: there is no function " + name);
    };
  }

  private static int compare(String name, List<Json> arguments) {
    Json a = one(name, arguments);
    Json b = second(name, arguments);
    return a.isNumber() && b.isNumber()
        ? Long.compare(a.number(), b.number())
        : a.text().compareTo(b.text());
  }

  private static String title(String text) {
    return text.isEmpty() ? "" : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  /// Go's verbs for whole values: `%s`, `%v`, `%d`, `%q`, with a width as in `%-10s`.
  private static String printf(String format, List<Json> arguments) {
    Object[] values = new Object[arguments.size() - 1];
    for (int i = 0; i < values.length; i++) {
      values[i] = Template.show(arguments.get(i + 1));
    }
    try {
      String java = format.replaceAll("%(-?\\d*)[vd]", "%$1s").replace("%q", "\"%s\"");
      return String.format(Locale.ROOT, java, values);
    } catch (java.util.IllegalFormatException e) {
      throw new IllegalArgumentException(
          "the template of --format cannot be read: printf \"" + format + "\"", e);
    }
  }

  private static Json last(List<Json> arguments) {
    return arguments.isEmpty() ? Json.NULL : arguments.getLast();
  }

  private static Json one(String name, List<Json> arguments) {
    if (arguments.isEmpty()) {
      throw new IllegalArgumentException("the template of --format: " + name + " wants a value");
    }
    return arguments.getFirst();
  }

  private static Json second(String name, List<Json> arguments) {
    if (arguments.size() < 2) {
      throw new IllegalArgumentException("the template of --format: " + name + " wants two values");
    }
    return arguments.get(1);
  }
}
