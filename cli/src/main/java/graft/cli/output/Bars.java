package graft.cli.output;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A line for each thing that is transferred, redrawn in place. What a terminal gets is returned as
/// text: who prints it is the caller's business.
public final class Bars {
  private static final int SHORTEST = 10;
  private static final int LONGEST = 50;

  private final int columns;
  private final int rows;
  private final Map<String, String> lines = new LinkedHashMap<>();
  private int drawn;

  public Bars(int columns, int rows) {
    this.columns = columns;
    this.rows = rows;
  }

  /// Sets the line of `id` and redraws all of them. A total of 0 means that there is none.
  public String update(String id, String status, long current, long total) {
    String line = id + ": " + status;
    if (current > 0 || total > 0) {
      line = line + " " + bar(columns - line.length() - 1, current, total);
    }
    lines.put(id, line);
    return draw();
  }

  /// Prints a line that stays above the bars.
  public String above(String text) {
    if (lines.isEmpty()) {
      return text + "\n";
    }
    String out = up() + "\u001b[2K" + text + "\n";
    drawn = 0;
    return out + draw();
  }

  private String up() {
    return drawn == 0 ? "" : "\u001b[" + drawn + "A\r";
  }

  /// Only as many as the screen has rows: the cursor cannot go up to what has scrolled away.
  private String draw() {
    StringBuilder out = new StringBuilder(up());
    List<String> all = List.copyOf(lines.values());
    List<String> shown = all.subList(Math.max(0, all.size() - (rows - 1)), all.size());
    for (String line : shown) {
      out.append("\u001b[2K").append(cut(line)).append('\n');
    }
    drawn = shown.size();
    return out.toString();
  }

  private String cut(String line) {
    return line.length() > columns ? line.substring(0, columns) : line;
  }

  /// `[====> ] 1.2MB/3.4MB`, without the bar if there is no room for one.
  static String bar(int room, long current, long total) {
    String counts =
        total > 0 ? Human.size(current, 4) + "/" + Human.size(total, 4) : Human.size(current, 4);
    int width = Math.min(LONGEST, room - counts.length() - 4);
    if (total <= 0 || width < SHORTEST) {
      return counts;
    }
    int filled = Math.clamp(current * width / total, 0, width);
    String head = filled < width ? ">" : "";
    return "["
        + "=".repeat(filled)
        + head
        + " ".repeat(Math.max(0, width - filled - head.length()))
        + "]  "
        + counts;
  }
}
