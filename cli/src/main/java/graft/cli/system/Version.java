package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Template;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// `graft version`.
final class Version implements Verb {
  @Override
  public Options options() {
    return new Options("version", "Show the versions of the command and of the engine")
        .arguments(0, 0)
        .value("FORMAT", "json or a Go template", "-f", "--format")
        .flag("Print all of it as one JSON document", "--json")
        .example("graft version", "both versions")
        .example("graft version -f '{{.Server.Version}}'", "the engine's only");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json server = engine.get("/version");
    Map<String, Object> client = new LinkedHashMap<>();
    // One program: the command has the version of the engine beside it.
    client.put("Version", Version.class.getPackage().getImplementationVersion());
    client.put("Build", engine.builds().own());
    client.put("ApiVersion", Engine.API);
    client.put("Os", "linux");
    client.put("Arch", System.getProperty("os.arch"));
    client.put("Runtime", "Java " + Runtime.version());
    client.values().removeIf(v -> v == null || v.equals(""));
    Map<String, Object> served = new LinkedHashMap<>(server.fields());
    if (!engine.builds().engine().isEmpty()) {
      served.put("Build", engine.builds().engine());
    }
    Json both = Json.of(Map.of("Client", client, "Server", served));
    String format = line.text("--format");
    if (Listing.raw(line, both)) {
      return 0;
    }
    if (!format.isEmpty()) {
      System.out.println(Template.parse(Listing.template(format)).render(both));
      return 0;
    }
    System.out.println("Client: Graft");
    print(" ", both.at("Client"));
    System.out.println("\nServer: " + server.at("Platform", "Name").text());
    print(" ", both.at("Server"));
    for (Json part : server.at("Components").items()) {
      if (!part.at("Name").text().equals("Engine")) {
        System.out.println(
            " "
                + part.at("Name").text()
                + ":"
                + blanks(part.at("Name").text())
                + part.at("Version").text());
      }
    }
    return 0;
  }

  private static void print(String indent, Json from) {
    from.fields()
        .forEach((key, value) -> {
          if (!value.isObject() && !value.isList() && !value.isEmpty()) {
            System.out.println(indent + key + ":" + blanks(key) + value.text());
          }
        });
  }

  private static String blanks(String key) {
    return " ".repeat(Math.max(1, 16 - key.length()));
  }
}
