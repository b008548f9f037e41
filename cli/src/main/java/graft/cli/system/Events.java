package graft.cli.system;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Template;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Moment;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `graft events`.
final class Events implements Verb {
  private static final DateTimeFormatter WHEN =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSSxxx");

  @Override
  public Options options() {
    return new Options("events", "Print what happens in the engine, as it happens")
        .arguments(0, 0)
        .filter()
        .value("FORMAT", "json (one object a line) or a Go template", "--format")
        .flag("One JSON object a line", "--json")
        .value("TIME", "Begin with what happened then: 42m, or 2025-01-02T13:23:37", "--since")
        .value("TIME", "End then", "--until")
        .details(
            """
            Filters: container, image, volume, network, type, event, label, daemon. Without --until
            it goes on until Ctrl-C.\
            """)
        .example("graft events --filter type=container --filter event=die", "who ends")
        .example("graft events --since 10m --until 0s", "the last ten minutes");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String query =
        Engine.query(
            "filters", Filters.json(line),
            "since", Moment.seconds(line, "--since"),
            "until", Moment.seconds(line, "--until"));
    String format = line.flag("--json") ? "json" : line.text("--format");
    @Nullable Template template =
        format.isEmpty() ? null : Template.parse(Listing.template(format));
    try (Reply reply = engine.send("GET", "/events" + query, Body.NONE)) {
      Json.Values values = Json.values(reply.body());
      for (@Nullable Json event = values.next(); event != null; event = values.next()) {
        System.out.println(template == null ? plain(event) : template.render(event));
        System.out.flush();
      }
    }
    return 0;
  }

  /// As docker prints it: time, type, action, actor, and what is known of it in parentheses.
  static String plain(Json event) {
    long nanos = event.at("timeNano").number();
    Instant at =
        nanos == 0
            ? Instant.ofEpochSecond(event.at("time").number())
            : Instant.ofEpochSecond(nanos / 1_000_000_000, nanos % 1_000_000_000);
    List<String> known = new ArrayList<>();
    event
        .at("Actor", "Attributes")
        .fields()
        .forEach((key, value) -> known.add(key + "=" + value.text()));
    known.sort(null);
    return WHEN.format(OffsetDateTime.ofInstant(at, ZoneId.systemDefault()))
        + " "
        + event.at("Type").text()
        + " "
        + event.at("Action").text()
        + " "
        + event.at("Actor", "ID").text()
        + (known.isEmpty() ? "" : " (" + String.join(", ", known) + ")");
  }
}
