package graft.cli.command;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `graft tree`: the images as they come from each other.
public final class Tree implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Show images as a tree, with sizes (own + shared) and containers")
        .flag("Plain ASCII", "--ascii")
        .flag("JSON", "--json")
        .arguments("[IMAGE]");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> names = line.arguments(0, 1);
    Json tree =
        engine.get(
            "/graft/v1/tree" + Engine.query("image", names.isEmpty() ? "" : names.getFirst()));
    if (line.flag("--json")) {
      System.out.println(tree.pretty());
      return 0;
    }
    Drawing drawing = new Drawing(tree.at("nodes").items(), line.flag("--ascii"));
    drawing.roots();
    System.out.print(drawing.out);
    return 0;
  }

  private static final class Drawing {
    private final Map<String, Json> nodes = new java.util.LinkedHashMap<>();
    private final boolean ascii;
    private final StringBuilder out = new StringBuilder();

    Drawing(List<Json> nodes, boolean ascii) {
      nodes.forEach(node -> this.nodes.put(node.at("id").text(), node));
      this.ascii = ascii;
    }

    void roots() {
      for (Json node : nodes.values()) {
        if (!nodes.containsKey(node.at("parent").text())) {
          out.append(label(node)).append('\n');
          children(node, "");
        }
      }
    }

    private void children(Json node, String indent) {
      List<Json> below = new ArrayList<>(node.at("containers").items());
      int containers = below.size();
      String id = node.at("id").text();
      nodes.values().stream().filter(n -> n.at("parent").text().equals(id)).forEach(below::add);
      for (int i = 0; i < below.size(); i++) {
        boolean last = i == below.size() - 1;
        out.append(indent).append(last ? (ascii ? "`-- " : "└── ") : (ascii ? "|-- " : "├── "));
        if (i < containers) {
          Json c = below.get(i);
          out.append(c.at("name").text()).append("  container, ").append(c.at("state").text());
          out.append('\n');
        } else {
          out.append(label(below.get(i))).append('\n');
          children(below.get(i), indent + (last ? "    " : ascii ? "|   " : "│   "));
        }
      }
    }

    private static String label(Json node) {
      String names = String.join(", ", node.at("names").texts());
      String size =
          Human.size(node.at("own").number()) + " + " + Human.size(node.at("shared").number());
      String id = Human.shortId(node.at("id").text());
      return (names.isEmpty() ? "<none>" : names)
          + "  "
          + id
          + "  "
          + size
          + (node.at("ghost").truth() ? "  (deleted)" : "");
    }
  }
}
