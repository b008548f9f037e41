package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft kill`.
final class Kill implements Verb {
  @Override
  public Options options() {
    return new Options("kill", "Kill running containers, or send them a signal")
        .arguments(1, -1, "CONTAINER...")
        .value("SIGNAL", "Signal to send, by name or number (KILL)", "-s", "--signal")
        .example("graft kill web", "end it at once")
        .example("graft kill -s HUP web", "have it read its configuration again");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    return Named.post(line, engine, "/kill" + Engine.query("signal", line.text("--signal")));
  }
}
