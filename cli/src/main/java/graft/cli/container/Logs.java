package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.stream.Streams;
import graft.cli.verb.Line;
import graft.cli.verb.Moment;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft logs`.
final class Logs implements Verb {
  @Override
  public Options options() {
    return new Options("logs", "Print what a container wrote")
        .arguments(1, 1, "CONTAINER")
        .flag("Print the attributes that the log driver was given", "--details")
        .flag("Wait for more, until the container ends", "-f", "--follow")
        .value("TIME", "Only since then: 42m, or 2025-01-02T13:23:37", "--since")
        .value("N", "Only the last N lines", "-n", "--tail")
        .flag("Begin each line with its time", "-t", "--timestamps")
        .value("TIME", "Only until then", "--until")
        .example("graft logs web", "all that it wrote")
        .example("graft logs -f --tail 20 web", "the last 20 lines, then what comes")
        .example("graft logs --since 10m web", "the last ten minutes");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String path = Named.path(line.argument(0));
    String query =
        Engine.query(
            "stdout",
            "1",
            "stderr",
            "1",
            "details",
            line.flag("--details") ? "1" : "",
            "follow",
            line.flag("--follow") ? "1" : "",
            "timestamps",
            line.flag("--timestamps") ? "1" : "",
            "tail",
            line.text("--tail"),
            "since",
            Moment.seconds(line, "--since"),
            "until",
            Moment.seconds(line, "--until"));
    boolean tty = engine.get(path + "/json").at("Config", "Tty").truth();
    try (Reply reply = engine.send("GET", path + "/logs" + query, Body.NONE)) {
      if (tty) {
        Streams.raw(reply.body());
      } else {
        Streams.split(reply.body());
      }
    }
    return 0;
  }
}
