package graft.build.dockerfile;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What `docker build --call` gets: the same as JSON and as text, as BuildKit writes them.
///
/// @param json `result.json`
/// @param text `result.txt`
/// @param failed there is something to complain of: `result.statuscode` is 1 instead of 0
public record CallResult(String json, String text, boolean failed) {
  /// Of all three calls.
  public static final String VERSION = "1.0.0";

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /// `--call=outline`
  public static CallResult outline(Outline outline, byte[] data) {
    ObjectNode root = JSON.objectNode();
    put(root, "name", outline.name());
    put(root, "description", outline.description());
    ArrayNode args = JSON.arrayNode();
    for (Outline.Arg arg : outline.args()) {
      ObjectNode node = args.addObject().put("name", arg.name());
      put(node, "description", arg.description());
      put(node, "value", arg.value());
      node.set("location", location(List.of(arg.lines())));
    }
    put(root, "args", args);
    put(root, "secrets", uses(outline.secrets()));
    put(root, "ssh", uses(outline.ssh()));
    root.putArray("sources").add(data);
    return new CallResult(GoJson.write(root), outlineText(outline), false);
  }

  private static ArrayNode uses(List<Outline.Use> uses) {
    ArrayNode array = JSON.arrayNode();
    for (Outline.Use use : uses) {
      ObjectNode node = array.addObject().put("name", use.name());
      if (use.required()) {
        node.put("required", true);
      }
      node.set("location", location(List.of(use.lines())));
    }
    return array;
  }

  private static String outlineText(Outline outline) {
    StringBuilder out = new StringBuilder();
    if (!outline.name().isEmpty() || !outline.description().isEmpty()) {
      List<List<String>> head = new ArrayList<>();
      head.add(List.of("TARGET:", outline.name().isEmpty() ? "(default)" : outline.name()));
      if (!outline.description().isEmpty()) {
        head.add(List.of("DESCRIPTION:", outline.description()));
      }
      out.append(columns(head, 1)).append('\n');
    }
    if (!outline.args().isEmpty()) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("BUILD ARG", "VALUE", "DESCRIPTION"));
      outline.args().forEach(a -> rows.add(List.of(a.name(), a.value(), a.description())));
      out.append(columns(rows, 3)).append('\n');
    }
    usesText(out, "SECRET", outline.secrets());
    usesText(out, "SSH", outline.ssh());
    return out.toString();
  }

  private static void usesText(StringBuilder out, String title, List<Outline.Use> uses) {
    if (!uses.isEmpty()) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of(title, "REQUIRED"));
      uses.forEach(u -> rows.add(List.of(u.name(), u.required() ? "true" : "")));
      out.append(columns(rows, 3)).append('\n');
    }
  }

  /// `--call=targets`
  public static CallResult targets(Dockerfile dockerfile) {
    ObjectNode root = JSON.objectNode();
    ArrayNode targets = root.putArray("targets");
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("TARGET", "DESCRIPTION"));
    for (Stage stage : dockerfile.stages()) {
      boolean last = targets.size() + 1 == dockerfile.stages().size();
      ObjectNode node = targets.addObject();
      put(node, "name", stage.name());
      if (last) {
        node.put("default", true);
      }
      put(node, "description", stage.description());
      put(node, "base", stage.from().image());
      put(node, "platform", stage.from().platform());
      node.set("location", location(List.of(stage.from().origin().lines())));
      String name = stage.name();
      if (last) {
        name = name.isEmpty() ? "(default)" : name + " (default)";
      }
      rows.add(List.of(name, stage.description()));
    }
    root.putArray("sources").add(dockerfile.data());
    return new CallResult(GoJson.write(root), columns(rows, 1), false);
  }

  /// `--call=check`
  ///
  /// @param file what the Dockerfile is called
  public static CallResult check(Analysis analysis, String file, byte[] data) {
    ObjectNode root = JSON.objectNode();
    if (analysis.warnings().isEmpty()) {
      root.putNull("warnings");
    } else {
      ArrayNode warnings = root.putArray("warnings");
      for (Warning warning : analysis.warnings()) {
        ObjectNode node = warnings.addObject().put("ruleName", warning.rule());
        put(node, "description", warning.description());
        put(node, "url", warning.url());
        put(node, "detail", warning.detail());
        node.set("location", location(warning.lines()));
      }
    }
    root.putArray("sources")
        .addObject()
        .put("filename", file)
        .put("data", data)
        .put("language", "Dockerfile");
    analysis
        .error()
        .ifPresent(error -> {
          ObjectNode node = root.putObject("buildError").put("message", error.getMessage());
          node.set("location", location(error.location().map(Location::lines).orElse(List.of())));
        });
    StringBuilder text = new StringBuilder();
    analysis.warnings().stream()
        .sorted(Comparator.comparingInt(CallResult::firstLine))
        .forEach(w -> {
          text.append("\nWARNING: ").append(w.rule());
          text.append(w.url().isEmpty() ? "" : " - " + w.url());
          text.append('\n').append(w.detail()).append('\n');
          text.append(new Location(file, data, w.lines()).snippet());
        });
    boolean failed = !analysis.warnings().isEmpty() || analysis.error().isPresent();
    return new CallResult(GoJson.write(root), text.toString(), failed);
  }

  private static int firstLine(Warning warning) {
    return warning.lines().stream().mapToInt(Lines::first).min().orElse(0);
  }

  private static void put(ObjectNode node, String key, String value) {
    if (!value.isEmpty()) {
      node.put(key, value);
    }
  }

  private static void put(ObjectNode node, String key, ArrayNode value) {
    if (!value.isEmpty()) {
      node.set(key, value);
    }
  }

  /// BuildKit has a range for each line.
  private static ObjectNode location(List<Lines> lines) {
    ObjectNode node = JSON.objectNode();
    ArrayNode ranges = JSON.arrayNode();
    for (Lines l : lines) {
      for (int i = l.first(); i <= l.last(); i++) {
        ObjectNode range = ranges.addObject();
        range.putObject("start").put("line", i);
        range.putObject("end").put("line", i);
      }
    }
    put(node, "ranges", ranges);
    return node;
  }

  /// Columns as wide as their widest cell and some blanks; the last one is not filled up.
  private static String columns(List<List<String>> rows, int gap) {
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], length(row.get(i)) + gap);
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        boolean last = i + 1 == widths.length;
        out.append(row.get(i)).append(" ".repeat(last ? 0 : widths[i] - length(row.get(i))));
      }
      out.append('\n');
    }
    return out.toString();
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
