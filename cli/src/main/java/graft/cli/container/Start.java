package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.stream.Session;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft start`.
final class Start implements Verb {
  @Override
  public Options options() {
    return new Options("start", "Start containers that were created or have stopped")
        .arguments(1, -1, "CONTAINER...")
        .flag(
            "Show its output and wait for its end; the exit code is the container's",
            "-a",
            "--attach")
        .flag("Send standard input to it too", "-i", "--interactive")
        .value("KEYS", "Keys that leave it running (ctrl-p,ctrl-q)", "--detach-keys")
        .details(
            """
            The container runs its command again, on the files it has: what it wrote before is still
            there. Starting one that runs does nothing.\
            """)
        .example("graft start web", "start it in the background")
        .example("graft start -ai box", "start it and go on working in it");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean stdin = line.flag("--interactive");
    if (!line.flag("--attach") && !stdin) {
      return Named.post(line, engine, "/start");
    }
    if (line.arguments().size() > 1) {
      throw new IOException("only one container can be started with --attach or --interactive");
    }
    String path = Named.path(line.argument(0));
    boolean tty = engine.get(path + "/json").at("Config", "Tty").truth();
    String attach =
        Engine.query("stream", "1", "stdout", "1", "stderr", "1", "stdin", stdin ? "1" : "");
    try (Reply stream = engine.hijack(path + "/attach" + attach, Body.NONE);
        Reply wait = engine.send("POST", path + "/wait?condition=next-exit", Body.NONE)) {
      engine.send("POST", path + "/start", Body.NONE).close();
      Session session =
          new Session(engine, path, stdin, tty)
              .detachKeys(line.text("--detach-keys"))
              .passSignals(true);
      return session.run(stream) ? (int) wait.json().at("StatusCode").number() : 0;
    }
  }
}
