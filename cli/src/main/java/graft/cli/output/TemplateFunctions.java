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
