package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft stop` and `graft restart`.
final class Stop implements Verb {
  private final String name;

  Stop(String name) {
    this.name = name;
  }

  @Override
  public Options options() {
    boolean stop = name.equals("stop");
    return new Options(
            name, stop ? "Stop running containers" : "Stop containers and start them again")
        .arguments(1, -1, "CONTAINER...")
        .value("SIGNAL", "Signal to send instead of the image's (TERM)", "-s", "--signal")
        .number(
            "SECONDS",
            "How long to wait before it is killed (10); -1 for ever",
            "-t",
            "--timeout",
            "--time")
        .details(
            """
            The container gets the signal that asks it to end, and is killed if it still runs when
            the time is over. Its files stay until 'graft rm'.\
            """)
        .example("graft " + name + " web", stop ? "stop it" : "stop it and start it again")
        .example("graft " + name + " -t 60 db", "give a database a minute to finish");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    return Named.post(
        line,
        engine,
        "/" + name + Engine.query("t", line.text("--time"), "signal", line.text("--signal")));
  }
}
