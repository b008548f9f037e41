package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft layers`: the stack an image is, lowest first.
final class Layers implements Verb {
  private static final int SHORT = 45;

  @Override
  public Options options() {
    return new Options("layers", "List the layers of an image, the lowest first")
        .arguments(1, 1, "IMAGE")
        .flag("Do not shorten", "--no-trunc")
        .listed("Only print the diff IDs")
        .details(
            """
            The number is what 'why' and the page call the layer; the lowest is 1.
            DIGEST names the blob as a registry has it, DIFF ID the layer's files, CHAIN ID the layer
            together with all below it. SHARED BY is the number of images here that have the
            layer. LINE is that of the Dockerfile which made it, where the image, or the one that
            brought the layer, was built here.\
            """)
        .example("graft layers my/web", "what my/web consists of")
        .example("graft layers -q my/web", "only the diff IDs, for a script");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String name = Engine.encode(line.argument(0));
    Json stack = engine.get("/graft/v1/images/" + name + "/layers");
    if (Listing.raw(line, stack)) {
      return 0;
    }
    boolean whole = line.flag("--no-trunc");
    Table table =
        new Table(
            "Number=#",
            "Digest=DIGEST",
            "DiffID=DIFF ID",
            "ChainID=CHAIN ID",
            "Size=SIZE",
            "SharedBy=SHARED BY",
            "Line=LINE",
            "CreatedBy=CREATED BY");
    int number = 0;
    for (Json layer : stack.at("layers").items()) {
      number++;
      String by = layer.at("createdBy").text();
      table.add(
          Integer.toString(number),
          id(layer.at("digest").text(), whole),
          id(layer.at("diffId").text(), whole || line.flag("--quiet")),
          id(layer.at("chainId").text(), whole),
          Human.size(layer.at("size").number()),
          layer.at("sharedBy").text(),
          ShowRecipe.line(layer),
          whole ? by : Human.ellipsis(by, SHORT));
    }
    Listing.print(line, table, "DiffID");
    return 0;
  }

  private static String id(String digest, boolean whole) {
    return whole ? digest : Human.shortId(digest);
  }
}
