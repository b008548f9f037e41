package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import java.io.IOException;

/// `graft logs`.
public final class Logs implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Print what a container wrote")
        .flag("Wait for more", "-f", "--follow")
        .flag("Print times", "-t", "--timestamps")
        .value("N", "Only the last N lines", "-n", "--tail")
        .value("TIME", "Only since then", "--since")
        .value("TIME", "Only until then", "--until")
        .arguments("CONTAINER");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String path = "/containers/" + Engine.encode(line.arguments(1, 1).getFirst());
    String query =
        Engine.query(
            "stdout",
            "1",
            "stderr",
            "1",
            "follow",
            line.flag("--follow") ? "1" : "",
            "timestamps",
            line.flag("--timestamps") ? "1" : "",
            "tail",
            line.text("--tail"),
            "since",
            line.text("--since"),
            "until",
            line.text("--until"));
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
