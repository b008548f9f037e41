package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.system.Logins;
import java.io.IOException;
import java.io.PrintStream;

/// Pushes, for `graft push` and for `graft build --push`.
public final class Pushing {
  private Pushing() {}

  /// @param tag empty for all tags of the name
  public static void push(
      Engine engine, String name, String tag, String platform, boolean quiet, PrintStream out)
      throws IOException {
    String path =
        "/images/" + Engine.encode(name) + "/push" + Engine.query("tag", tag, "platform", platform);
    try (Reply reply = engine.send("POST", path, Logins.header(name), Body.NONE)) {
      Steps.print(reply, quiet, out);
    }
  }
}
