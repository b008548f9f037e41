package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.Set;

/// `graft sbom`: the packages of an image.
final class Sbom implements Verb {
  private static final Set<String> DOCUMENTS = Set.of("spdx", "cyclonedx");

  @Override
  public Options options() {
    return new Options("sbom", "List the packages of an image")
        .arguments(1, 1, "IMAGE")
        .listed("Only print their names")
        .details(
            """
            Packages are those of the databases of dpkg, apk and rpm in the image, and those of npm,
            Python, Ruby, Java, Go and Rust that are in its files. --format spdx is an SPDX 2.3
            document and so is --json, --format cyclonedx is one of CycloneDX 1.6, as scanners read
            them. A package of a language that came with one of the system is that one's.\
            """)
        .example("graft sbom my/web", "what is installed, and from which source")
        .example("graft sbom --format spdx my/web > my-web.spdx.json", "for a scanner");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String path = "/graft/v1/images/" + Engine.encode(line.argument(0)) + "/sbom";
    String format = line.text("--format");
    if (DOCUMENTS.contains(format)) {
      System.out.println(engine.get(path + "?format=" + format).pretty());
      return 0;
    }
    Json document = engine.get(path);
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
