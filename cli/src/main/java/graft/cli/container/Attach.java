package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.stream.Session;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft attach`.
final class Attach implements Verb {
  @Override
  public Options options() {
    return new Options("attach", "Connect to a running container")
        .arguments(1, 1, "CONTAINER")
        .flag("Output only", "--no-stdin")
        .flag("Pass signals on to the container (true)", "--sig-proxy")
        .value("KEYS", "Keys that leave it running (ctrl-p,ctrl-q)", "--detach-keys")
        .details(
            """
            You see what its main command writes from now on, and what you type goes there. Ctrl-P
            Ctrl-Q leaves it running; the exit code is the container's. For a second command in the
            same container use 'graft exec'.\
            """)
        .example("graft attach box", "back to a container that was left with Ctrl-P Ctrl-Q");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String path = Named.path(line.argument(0));
    Json container = engine.get(path + "/json");
    if (!container.at("State", "Running").truth()) {
      throw new IOException(
          "cannot attach to "
              + line.argument(0)
              + ": it does not run; 'graft start -a "
              + line.argument(0)
              + "' starts it");
    }
    if (container.at("State", "Paused").truth()) {
      throw new IOException(
          "cannot attach to " + line.argument(0) + ": it is paused; 'graft unpause' it first");
    }
    boolean stdin = !line.flag("--no-stdin") && container.at("Config", "OpenStdin").truth();
    String attach =
        Engine.query("stream", "1", "stdout", "1", "stderr", "1", "stdin", stdin ? "1" : "");
    try (Reply stream = engine.hijack(path + "/attach" + attach, Body.NONE);
        Reply wait = engine.send("POST", path + "/wait", Body.NONE)) {
      Session session =
          new Session(engine, path, stdin, container.at("Config", "Tty").truth())
              .detachKeys(line.text("--detach-keys"))
              .passSignals(line.flag("--sig-proxy", true));
      return session.run(stream) ? (int) wait.json().at("StatusCode").number() : 0;
    }
  }
}
