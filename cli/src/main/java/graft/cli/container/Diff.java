package graft.cli.container;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.ImagePath;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft diff`: of a container with its image, of an image with the one it derives from, or of two
/// images.
final class Diff implements Verb {
  @Override
  public Options options() {
    return new Options("diff", "Show what changed in a container, or between two images")
        .arguments(1, 2, "CONTAINER", "IMAGE[:/PATH]", "IMAGE[:/PATH] IMAGE[:/PATH]")
        .flag("JSON", "--json")
        .details(
            """
            A is added, C is changed, D is deleted. One container is compared with its image; one
            image with the image it derives from; two images with each other, the first being the
            older. With :/PATH only what is below counts. Images are read without making a
            container.\
            """)
        .example("graft diff web", "what the container web changed")
        .example("graft diff my/web", "what my/web has that its parent has not")
        .example("graft diff busybox:/etc my/web:/etc", "how /etc differs between two images");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String first = line.argument(0);
    Json changes =
        line.arguments().size() == 2
            ? images(engine, ImagePath.of(first), ImagePath.of(line.argument(1)))
            : first.contains(":/") ? parent(engine, ImagePath.of(first)) : either(engine, first);
    if (Listing.raw(line, changes)) {
      return 0;
    }
    for (Json change : changes.items()) {
      String kind =
          change.at("Kind").isNumber()
              ? "CAD".substring((int) change.at("Kind").number()).substring(0, 1)
              : letter(change.at("kind").text());
      String path = change.at(change.has("Path") ? "Path" : "path").text();
      System.out.println(kind + " " + path);
    }
    return 0;
  }

  private static String letter(String kind) {
    return switch (kind) {
      case "added" -> "A";
      case "deleted" -> "D";
      default -> "C";
    };
  }

  private static Json either(Engine engine, String name) throws IOException {
    try {
      return engine.get(Named.path(name) + "/changes");
    } catch (ApiException e) {
      if (e.status() != 404) {
        throw e;
      }
      try {
        return parent(engine, ImagePath.of(name));
      } catch (ApiException none) {
        e.addSuppressed(none);
        throw none.status() == 404 ? e : none;
      }
    }
  }

  private static Json parent(Engine engine, ImagePath of) throws IOException {
    return engine.get(of.route() + "/diff" + Engine.query("path", of.path()));
  }

  private static Json images(Engine engine, ImagePath a, ImagePath b) throws IOException {
    String query = Engine.query("path", a.path(), "otherPath", b.path());
    return engine.get(a.route() + "/diff/" + Engine.encode(b.image()) + query);
  }
}
