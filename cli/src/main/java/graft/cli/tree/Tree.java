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
import java.util.HashMap;
import java.util.Map;

/// `graft tree`: the images as they come from each other.
final class Tree implements Verb {
  @Override
  public Options options() {
    return new Options("tree", "Show images as a tree, with sizes and containers")
        .arguments(0, 1, "[IMAGE]")
        .flag("With numbers of vulnerabilities, by severity", "--cve")
        .flag("Lines of plain ASCII", "--ascii")
        .flag("Only print the IDs of the images", "-q", "--quiet")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .details(
            """
            Each image hangs below the one it derives from; containers are the leaves. The two sizes
            are what the image adds (own) and what it has from those above it (shared). An image that
            was removed while others derive from it is shown as deleted.

            --cve adds what is known to be wrong with each image, by the advisories that were imported
            ('graft db import'): what the image brought in itself (here) and what it has from those
            above it, as critical/high/medium/low/unknown. What is here over an image and all above
            it, without what was fixed on the way, is all that it has. Re-carried are those of an
            ancestor whose package is in a layer of the image itself: fixing the ancestor alone does
            not help them. Layers that nobody looked at yet are read first, which takes a while.

            With IMAGE: only the way up from it to its root, and all that derives from it.\
            """)
        .example("graft tree", "all images and containers")
        .example("graft tree --cve", "and which of them brought in what")
        .example("graft tree busybox", "what busybox comes from, and what comes from it");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json tree = engine.get("/graft/v1/tree" + Engine.query("image", line.argumentOrNone(0)));
    Json known =
        line.flag("--cve")
            ? engine.get(
                "/graft/v1/lineage/tree" + Engine.query("root", line.argumentOrNone(0), "cve", "1"))
            : Json.NULL;
    if (Listing.raw(line, line.flag("--cve") ? known : tree)) {
      return 0;
    }
    if (line.flag("--quiet")) {
      tree.at("nodes").items().forEach(node -> System.out.println(node.at("id").text()));
      return 0;
    }
    Style style = Style.of(Terminal.is(1));
    Map<String, Json> findings = new HashMap<>();
    known.at("nodes").items().forEach(n -> findings.put(n.at("id").text(), n));
    System.out.print(
        new Drawing(tree.at("nodes").items(), findings, line.flag("--ascii"), style).text());
    System.out.flush();
    if (line.flag("--cve") && known.at("database").isNull()) {
      System.err.println("graft: no advisories were imported yet; see 'graft db import --help'");
    }
    return 0;
  }
}
