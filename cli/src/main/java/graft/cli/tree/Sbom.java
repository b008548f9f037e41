package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft sbom`: the packages of an image.
final class Sbom implements Verb {
  @Override
  public Options options() {
    return new Options("sbom", "List the packages of an image")
        .arguments(1, 1, "IMAGE")
        .listed("Only print their names")
        .details(
            """
            Packages are those of the databases of dpkg and apk in the image. --json is an SPDX 2.3
            document, as scanners read it.\
            """)
        .example("graft sbom my/web", "what is installed, and from which source")
        .example("graft sbom --json my/web > my-web.spdx.json", "for a scanner");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json document = engine.get("/graft/v1/images/" + Engine.encode(line.argument(0)) + "/sbom");
    if (Listing.raw(line, document)) {
      return 0;
    }
    Table table = new Table("Name=NAME", "Version=VERSION", "Purl=PURL", " Source=SOURCE");
    for (Json one : document.at("packages").items()) {
      for (Json reference : one.at("externalRefs").items()) {
        table.add(
            one.at("name").text(),
            one.at("versionInfo").text(),
            reference.at("referenceLocator").text(),
            one.at("sourceInfo").text());
      }
    }
    Listing.print(line, table, "Name");
    return 0;
  }
}
