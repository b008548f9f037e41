package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Template;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The engine itself: version, info, events and the prunes.
public final class SystemVerbs implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, name + ": of the engine")
        .value("FORMAT", "json or a Go template", "-f", "--format")
        .list("KEY=VALUE", "Only those that match", "--filter")
        .flag("All that is unused, not only what has no name", "-a", "--all")
        .flag("Do not ask", "--force")
        .value("TIME", "Events since then", "--since")
        .value("TIME", "Events until then", "--until");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    line.arguments(0, 0);
    String filters = Filters.json(line.list("--filter"));
    switch (line.verb()) {
      case "version" -> show(line, engine.get("/version"));
      case "info" -> show(line, engine.get("/info"));
      case "events" -> events(line, engine, filters);
      default -> {
        String kind = line.verb().substring(0, line.verb().indexOf(' '));
        String wanted =
            kind.equals("image") && line.flag("--all") ? "{\"dangling\":[\"false\"]}" : filters;
        Json pruned = engine.post("/" + kind + "s/prune" + Engine.query("filters", wanted));
        long space = pruned.at("SpaceReclaimed").number();
        System.out.println("Total reclaimed space: " + Human.size(space));
      }
    }
    return 0;
  }

  private static void show(Line line, Json answer) {
    String format = line.text("--format");
    if (format.isEmpty()) {
      answer
          .fields()
          .forEach((key, value) -> {
            if (!value.isObject() && !value.isList()) {
              System.out.println(key + ": " + value.text());
            }
          });
    } else {
      Json both = Json.of(Map.of("Server", answer));
      boolean version = format.contains(".Server");
      String template = format.equals("json") ? "{{json .}}" : format;
      System.out.println(Template.parse(template).render(version ? both : answer));
    }
  }

  private static void events(Line line, Engine engine, String filters) throws IOException {
    String query =
        Engine.query(
            "filters", filters, "since", line.text("--since"), "until", line.text("--until"));
    String format = line.text("--format");
    Template template =
        Template.parse(
            format.isEmpty()
                ? "{{.time}} {{.Type}} {{.Action}} {{.Actor.ID}}"
                : format.equals("json") ? "{{json .}}" : format);
    try (Reply reply = engine.send("GET", "/events" + query, Body.NONE);
        Json.Values values = Json.values(reply.body())) {
      for (@Nullable Json event = values.next(); event != null; event = values.next()) {
        System.out.println(template.render(event));
        System.out.flush();
      }
    }
  }
}
