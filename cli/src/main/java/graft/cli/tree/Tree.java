package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Style;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft tree`: the images as they come from each other.
final class Tree implements Verb {
  @Override
  public Options options() {
    return new Options("tree", "Show images as a tree, with sizes and containers")
        .arguments(0, 1, "[IMAGE]")
        .flag("Lines of plain ASCII", "--ascii")
        .flag("Only print the IDs of the images", "-q", "--quiet")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .details(
            """
            Each image hangs below the one it derives from; containers are the leaves. The two sizes
            are what the image adds (own) and what it has from those above it (shared). An image that
            was removed while others derive from it is shown as deleted.

            With IMAGE: only the way up from it to its root, and all that derives from it.\
            """)
        .example("graft tree", "all images and containers")
        .example("graft tree busybox", "what busybox comes from, and what comes from it");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json tree = engine.get("/graft/v1/tree" + Engine.query("image", line.argumentOrNone(0)));
    if (Listing.raw(line, tree)) {
      return 0;
    }
    if (line.flag("--quiet")) {
      tree.at("nodes").items().forEach(node -> System.out.println(node.at("id").text()));
      return 0;
    }
    Style style = Style.of(Terminal.is(1));
    System.out.print(new Drawing(tree.at("nodes").items(), line.flag("--ascii"), style).text());
    return 0;
  }
}
