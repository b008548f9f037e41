package graft.cli.command;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.io.IOException;

/// `graft layers`: the stack an image is, lowest first.
public final class Layers implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "List the layers of an image, the lowest first")
        .flag("Do not shorten", "--no-trunc")
        .flag("JSON", "--json")
        .value("FORMAT", "json, a Go template, or 'table TEMPLATE'", "--format")
        .arguments("IMAGE");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String name = Engine.encode(line.arguments(1, 1).getFirst());
    Json stack = engine.get("/graft/v1/images/" + name + "/layers");
    if (line.flag("--json")) {
      System.out.println(stack.pretty());
      return 0;
    }
    boolean whole = line.flag("--no-trunc");
    Table table =
        new Table(
            "Digest=DIGEST",
            "DiffID=DIFF ID",
            "ChainID=CHAIN ID",
            "Size=SIZE",
            "SharedBy=SHARED BY",
            "CreatedBy=CREATED BY");
    for (Json layer : stack.at("layers").items()) {
      String by = layer.at("createdBy").text();
      table.add(
          id(layer.at("digest").text(), whole),
          id(layer.at("diffId").text(), whole),
          id(layer.at("chainId").text(), whole),
          Human.size(layer.at("size").number()),
          layer.at("sharedBy").text(),
          whole ? by : Human.ellipsis(by, 45));
    }
    System.out.print(table.render(line.text("--format")));
    return 0;
  }

  private static String id(String digest, boolean whole) {
    return whole ? digest : Human.shortId(digest);
  }
}
