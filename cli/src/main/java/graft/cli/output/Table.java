package graft.cli.output;

import graft.cli.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Rows in aligned columns: at least ten wide, three blanks between, the last one ragged.
public final class Table {
  private static final int NARROWEST = 10;
  private static final int GAP = 3;

  private final List<String> columns;
  private final Map<String, String> headers;
  private final List<Map<String, String>> rows = new ArrayList<>();
  private final IdentityHashMap<Map<String, String>, Json> labels = new IdentityHashMap<>();

  /// Columns as NAME=HEADER; those that start with a blank are for templates only.
  public Table(String... columns) {
    this.columns = new ArrayList<>();
    this.headers = new LinkedHashMap<>();
    for (String column : columns) {
      int equals = column.indexOf('=');
      String name = column.substring(0, equals).strip();
      headers.put(name, column.substring(equals + 1));
      if (column.charAt(0) != ' ') {
        this.columns.add(name);
      }
    }
  }

  /// Values in the order of the columns, hidden ones included.
  public void add(String... values) {
    Map<String, String> row = new LinkedHashMap<>();
    int i = 0;
    for (String name : headers.keySet()) {
      row.put(name, values[i++]);
    }
    rows.add(row);
  }

  /// What `{{.Label "KEY"}}` reads, of the row that was added last.
  public void labels(Json values) {
    labels.put(rows.getLast(), values);
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /// A column of labels is headed by the last word of its key.
  private Json headings(Template template) {
    Map<String, Object> all = new HashMap<>(headers);
    Map<String, Object> keys = new HashMap<>();
    for (String key : template.arguments(".Label")) {
      String last = key.substring(key.lastIndexOf('.') + 1);
      keys.put(key, last.replace('-', ' ').replace('_', ' '));
    }
    all.put("Label", keys);
    return Json.of(all);
  }

  private Json data(Map<String, String> row) {
    Map<String, Object> all = new HashMap<>(row);
    all.put("Label", labels.getOrDefault(row, Json.NULL));
    return Json.of(all);
  }

  /// By `--format`: empty or "table" for the table, "json", "table TEMPLATE" or a template.
  public String render(String format) {
    StringBuilder out = new StringBuilder();
    if (format.equals("json")) {
      for (Map<String, String> row : rows) {
        // Sorted, as docker's are.
        out.append(Json.of(new TreeMap<>(row)).write()).append('\n');
      }
      return out.toString();
    }
    List<List<String>> cells = new ArrayList<>();
    if (format.isEmpty() || format.equals("table")) {
      cells.add(cells(headers));
      for (Map<String, String> row : rows) {
        cells.add(cells(row));
      }
      return align(cells);
    }
    boolean table = format.startsWith("table ");
    Template template = Template.parse(table ? format.substring(6).strip() : format);
    if (!table) {
      for (Map<String, String> row : rows) {
        out.append(template.render(data(row))).append('\n');
      }
      return out.toString();
    }
    cells.add(List.of(template.render(headings(template)).split("\t", -1)));
    for (Map<String, String> row : rows) {
      cells.add(List.of(template.render(data(row)).split("\t", -1)));
    }
    return align(cells);
  }

  private List<String> cells(Map<String, String> row) {
    List<String> result = new ArrayList<>();
    for (String column : columns) {
      result.add(row.getOrDefault(column, ""));
    }
    return result;
  }

  public static String align(Collection<List<String>> lines) {
    return align(lines, NARROWEST);
  }

  public static String align(Collection<List<String>> lines, int narrowest) {
    List<Integer> widths = new ArrayList<>();
    for (List<String> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        int width = Math.max(narrowest, length(line.get(i)) + GAP);
        if (i == widths.size()) {
          widths.add(width);
        } else if (widths.get(i) < width) {
          widths.set(i, width);
        }
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        out.append(line.get(i));
        if (i < line.size() - 1) {
          out.append(" ".repeat(widths.get(i) - length(line.get(i))));
        }
      }
      out.append('\n');
    }
    return out.toString();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
