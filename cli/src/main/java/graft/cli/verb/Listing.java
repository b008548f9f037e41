package graft.cli.verb;

import graft.cli.json.Json;
import graft.cli.output.Table;
import java.util.List;

/// Lists as they are asked for: a table, only names (`-q`), `--format`, `--json`.
public final class Listing {
  private Listing() {}

  /// True if the engine's answer was all that was wanted, and has been printed.
  public static boolean raw(Line line, Json answer) {
    if (!line.flag("--json")) {
      return false;
    }
    System.out.println(answer.pretty());
    return true;
  }

  /// `quiet` is the column that is left with `-q`.
  public static void print(Line line, Table table, String quiet) {
    boolean only = line.has("--quiet") && line.flag("--quiet");
    System.out.print(table.render(only ? "{{." + quiet + "}}" : line.text("--format")));
  }

  /// Whether a column that costs something will be seen.
  public static boolean wants(Line line, String column) {
    String format = line.text("--format");
    return format.equals("json") || format.contains("." + column);
  }

  /// The template for one value: `json` is `{{json .}}`.
  public static String template(String format) {
    return format.equals("json") ? "{{json .}}" : format;
  }

  public static String pairs(Json labels) {
    List<String> all =
        labels.fields().entrySet().stream()
            .map(e -> e.getKey() + "=" + e.getValue().text())
            .sorted()
            .toList();
    return String.join(",", all);
  }
}
