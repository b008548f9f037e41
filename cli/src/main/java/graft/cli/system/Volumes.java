package graft.cli.command;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Volumes, and the list of networks.
public final class Volumes implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, name)
        .flag("Only print the names", "-q", "--quiet")
        .flag("Even if it is in use", "-f", "--force")
        .list("KEY=VALUE", "Only those that match", "--filter")
        .list("KEY=VALUE", "Label", "--label")
        .value("FORMAT", "json or a Go template", "--format")
        .arguments("[NAME]");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String filters = Engine.query("filters", Filters.json(line.list("--filter")));
    switch (line.verb()) {
      case "volume create" -> {
        List<String> names = line.arguments(0, 1);
        Map<String, Object> request = new java.util.LinkedHashMap<>();
        request.put("Name", names.isEmpty() ? "" : names.getFirst());
        request.put("Labels", CreateRequest.pairs(line.list("--label")));
        System.out.println(engine.post("/volumes/create", request).at("Name").text());
      }
      case "volume rm" -> {
        for (String name : line.arguments(1, -1)) {
          String force = Engine.query("force", line.flag("--force") ? "1" : "");
          engine.delete("/volumes/" + Engine.encode(name) + force);
          System.out.println(name);
        }
      }
      case "volume ls" -> {
        Table table = new Table("Driver=DRIVER", "Name=VOLUME NAME");
        for (Json v : engine.get("/volumes" + filters).at("Volumes").items()) {
          table.add(v.at("Driver").text(), v.at("Name").text());
        }
        System.out.print(table.render(line.flag("--quiet") ? "{{.Name}}" : line.text("--format")));
      }
      default -> {
        Table table = new Table("ID=NETWORK ID", "Name=NAME", "Driver=DRIVER", "Scope=SCOPE");
        for (Json n : engine.get("/networks" + filters).items()) {
          String id = Human.shortId(n.at("Id").text());
          table.add(id, n.at("Name").text(), n.at("Driver").text(), n.at("Scope").text());
        }
        System.out.print(table.render(line.flag("--quiet") ? "{{.ID}}" : line.text("--format")));
      }
    }
    return 0;
  }
}
