package graft.cli.container;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Template;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `graft inspect`, of whatever has the name, and the same of one kind of thing.
final class Inspect implements Verb {
  private final String name;
  private final String kind;

  Inspect(String name, String kind) {
    this.name = name;
    this.kind = kind;
  }

  @Override
  public Options options() {
    if (!kind.isEmpty()) {
      Options options =
          new Options(name, "Print all that is known of " + kind + "s, as JSON")
              .arguments(1, -1, kind.toUpperCase(java.util.Locale.ROOT) + "...")
              .value("FORMAT", "json (on one line) or a Go template", "-f", "--format");
      return switch (kind) {
        case "container" -> options.flag("Sizes too", "-s", "--size");
        case "network" -> options.flag("For swarm; changes nothing here", "-v", "--verbose");
        case "image" -> options.value("OS/ARCH", "Of this platform", "--platform");
        default -> options;
      };
    }
    return new Options(name, "Print all that is known of containers, images, volumes, networks")
        .arguments(1, -1, "NAME...")
        .value("FORMAT", "json (on one line) or a Go template", "-f", "--format")
        .flag("Sizes of containers too", "-s", "--size")
        .value("TYPE", "Only container, image, network or volume", "--type")
        .details(
            """
            A name that several things have is the container's, then the image's, the network's, the
            volume's; --type decides.\
            """)
        .example("graft inspect web", "everything, as JSON")
        .example("graft inspect -f '{{.State.Status}}' web", "one field")
        .example(
            "graft inspect --type image busybox", "the image, even if a container has the name");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String type = kind.isEmpty() ? line.text("--type") : kind;
    String size = line.has("--size") && line.flag("--size") ? "?size=1" : "";
    List<Json> found = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (String one : line.arguments()) {
      find(engine, type, one, size, found, missing);
    }
    String format = line.text("--format");
    if (format.isEmpty()) {
      System.out.println(Json.of(found).pretty());
    } else if (format.equals("json")) {
      System.out.println(Json.of(found).write());
    } else {
      Template template = Template.parse(Listing.template(format));
      found.forEach(one -> System.out.println(template.render(one)));
    }
    System.out.flush();
    missing.forEach(message -> System.err.println("graft: " + message));
    return missing.isEmpty() ? 0 : 1;
  }

  private static void find(
      Engine engine, String type, String name, String size, List<Json> found, List<String> missing)
      throws IOException {
    @Nullable String last = null;
    for (String kind : new String[] {"container", "image", "network", "volume"}) {
      if (!type.isEmpty() && !type.equals(kind)) {
        continue;
      }
      String tail =
          switch (kind) {
            case "container" -> "/json" + size;
            case "image" -> "/json";
            default -> "";
          };
      try {
        found.add(engine.get("/" + kind + "s/" + Engine.encode(name) + tail));
        return;
      } catch (ApiException e) {
        if (e.status() != 404) {
          throw e;
        }
        last = e.getMessage();
      }
    }
    missing.add(
        type.isEmpty()
            ? "No such object: " + name
            : last == null ? "--type is container, image, network or volume, not " + type : last);
  }
}
