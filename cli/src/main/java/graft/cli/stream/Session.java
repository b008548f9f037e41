package graft.cli.stream;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import java.io.IOException;

/// A person, or a pipe, and a running command: streams both ways, the terminal raw while both sides
/// have one, its size passed on whenever it changes, signals passed on where there is no terminal
/// that would turn keys into them.
public final class Session {
  private final Engine engine;
  private final String path;
  private final boolean stdin;
  private final boolean tty;
  private DetachKeys keys = DetachKeys.of("");
  private boolean passesSignals;

  /// `path` is the container's or the exec's.
  public Session(Engine engine, String path, boolean stdin, boolean tty) {
    this.engine = engine;
    this.path = path;
    this.stdin = stdin;
    this.tty = tty;
  }

  public Session detachKeys(String text) {
    keys = DetachKeys.of(text);
    return this;
  }

  public Session passSignals(boolean wanted) {
    passesSignals = wanted;
    return this;
  }

  /// Until the command closes its side; false if the user left it running.
  public boolean run(Reply stream) throws IOException {
    if (passesSignals && !tty) {
      Signals.PASSED.forEach(name -> Signals.handle(name, this::kill));
    }
    if (!tty || !Terminal.is(0)) {
      return Streams.connect(stream, stdin, tty, keys);
    }
    Signals.handle("WINCH", name -> resize());
    try (Terminal raw = Terminal.raw()) {
      resize();
      boolean ended = Streams.connect(stream, stdin, raw != null, keys);
      if (!ended) {
        System.err.print("read escape sequence\r\n");
      }
      return ended;
    }
  }

  private void kill(String signal) {
    try {
      engine.send("POST", path + "/kill?signal=" + signal, Body.NONE).close();
    } catch (IOException ended) {
      // Whoever has ended needs no signal.
      return;
    }
  }

  private void resize() {
    try {
      engine.post(path + "/resize" + Terminal.size());
    } catch (ApiException ended) {
      // A command this short has no use for the size; its output is still to be read.
      return;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
