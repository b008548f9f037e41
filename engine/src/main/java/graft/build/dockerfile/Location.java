package graft.build.dockerfile;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// A place in a Dockerfile, with what is needed to show it.
///
/// @param file what the file is called
/// @param data the whole of it
/// @param lines may be none
public record Location(String file, byte[] data, List<Lines> lines) {
  private static final String RULE = "--------------------\n";

  public Location {
    lines = List.copyOf(lines);
  }

  /// The lines with `>>>` before them and some around them, as BuildKit shows them; empty if no
  /// line is known.
  public String snippet() {
    String[] all = new String(data, StandardCharsets.UTF_8).split("\n", -1);
    int first = lines.stream().mapToInt(Lines::first).min().orElse(0);
    if (first < 1 || first > all.length) {
      return "";
    }
    int last = Math.min(lines.stream().mapToInt(Lines::last).max().orElse(first), all.length);
    StringBuilder out = new StringBuilder(file + ":" + first + "\n" + RULE);
    int from = first;
    int to = last;
    // Five lines if there are as many: on either side, or all on the one that has them.
    int around = first == last ? 4 : 2;
    for (int n = 0; n < around; n++) {
      if (from > 1) {
        from--;
        n++;
      }
      if (to != all.length) {
        to++;
        n++;
      }
    }
    for (int i = from; i <= to; i++) {
      int line = i;
      boolean meant = lines.stream().anyMatch(l -> l.first() <= line && line <= l.last());
      out.append(String.format(" %3d | %s %s\n", i, meant ? ">>>" : "   ", all[i - 1]));
    }
    return out.append(RULE).toString();
  }
}
