package graft.cli.tree;

import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Style;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A tree of images in lines.
final class Drawing {
  private final Map<String, Json> nodes = new LinkedHashMap<>();
  private final Map<String, Json> known;
  private final boolean ascii;
  private final Style style;
  private final StringBuilder out = new StringBuilder();

  /// @param known what the engine says of vulnerabilities, by the id of the image; may be empty
  Drawing(List<Json> nodes, Map<String, Json> known, boolean ascii, Style style) {
    this.known = known;
    nodes.forEach(node -> this.nodes.put(node.at("id").text(), node));
    this.ascii = ascii;
    this.style = style;
    for (Json node : this.nodes.values()) {
      if (!this.nodes.containsKey(node.at("parent").text())) {
        image(node);
        below(node, "");
      }
    }
  }

  String text() {
    return out.toString();
  }

  private void below(Json node, String indent) {
    List<Json> containers = node.at("containers").items();
    List<Json> all = new ArrayList<>(containers);
    String id = node.at("id").text();
    nodes.values().stream().filter(n -> n.at("parent").text().equals(id)).forEach(all::add);
    for (int i = 0; i < all.size(); i++) {
      boolean last = i == all.size() - 1;
      String branch = last ? (ascii ? "`-- " : "└── ") : (ascii ? "|-- " : "├── ");
      out.append(style.dim(indent + branch));
      if (i < containers.size()) {
        container(all.get(i));
      } else {
        image(all.get(i));
        below(all.get(i), indent + (last ? "    " : ascii ? "|   " : "│   "));
      }
    }
  }

  private void container(Json c) {
    String state = c.at("state").text();
    out.append(c.at("name").text())
        .append("  container, ")
        .append(state.equals("running") ? style.green(state) : state)
        .append('\n');
  }

  private void image(Json node) {
    String names = String.join(", ", node.at("names").texts());
    out.append(names.isEmpty() ? "<none>" : style.bold(names))
        .append("  ")
        .append(style.dim(Human.shortId(node.at("id").text())))
        .append("  ")
        .append(Human.size(node.at("own").number()))
        .append(" own + ")
        .append(Human.size(node.at("shared").number()))
        .append(" shared")
        .append(node.at("ghost").truth() ? style.yellow("  (deleted)") : "")
        .append(vulnerabilities(known.getOrDefault(node.at("id").text(), Json.NULL)))
        .append('\n');
  }

  private String vulnerabilities(Json node) {
    Json found = node.at("findings");
    if (found.isNull()) {
      return node.at("trouble").isEmpty() ? "" : style.yellow("  " + node.at("trouble").text());
    }
    String here = Places.counts(found.at("here"));
    long carried = found.at("carried").number();
    long fixed = found.at("fixed").number();
    return "  "
        + (here.equals("0") ? style.green("0 here") : style.red(here + " here"))
        + ", "
        + Places.counts(found.at("inherited"))
        + " inherited"
        + (fixed > 0 ? ", " + style.green(fixed + " fixed") : "")
        + (carried > 0 ? style.yellow(", " + carried + " re-carried") : "");
  }
}
