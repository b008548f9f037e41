package graft.cli.command;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Template;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `graft inspect`, of whatever has the name.
public final class Inspect implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Print all that is known of containers, images, volumes, networks")
        .value("FORMAT", "json or a Go template", "-f", "--format")
        .value("TYPE", "container, image, volume or network", "--type")
        .flag("Sizes too", "-s", "--size")
        .arguments("NAME...");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String[] words = line.verb().split(" ");
    String type = words.length > 1 ? words[0] : line.text("--type");
    List<Json> found = new ArrayList<>();
    int code = 0;
    for (String name : line.arguments(1, -1)) {
      @Nullable Json one = find(engine, type, Engine.encode(name));
      if (one == null) {
        System.err.println("graft: No such " + (type.isEmpty() ? "object" : type) + ": " + name);
        code = 1;
      } else {
        found.add(one);
      }
    }
    String format = line.text("--format");
    if (format.isEmpty()) {
      System.out.println(Json.of(found).pretty());
      return code;
    }
    Template template = Template.parse(format.equals("json") ? "{{json .}}" : format);
    for (Json one : found) {
      System.out.println(template.render(one));
    }
    return code;
  }

  private static @Nullable Json find(Engine engine, String type, String name) throws IOException {
    for (String kind : new String[] {"container", "image", "network", "volume"}) {
      if (!type.isEmpty() && !type.equals(kind)) {
        continue;
      }
      String tail = kind.equals("container") || kind.equals("image") ? "/json" : "";
      try {
        return engine.get("/" + kind + "s/" + name + tail);
      } catch (graft.cli.http.ApiException e) {
        if (e.status() != 404) {
          throw e;
        }
      }
    }
    return null;
  }
}
