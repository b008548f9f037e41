package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// Pulls, and prints what the engine says on the way.
final class Pulling {
  private Pulling() {}

  static void pull(Engine engine, String image, String platform, boolean quiet, PrintStream out)
      throws IOException {
    int at = image.indexOf('@');
    int colon = image.lastIndexOf(':');
    boolean tagged = at < 0 && colon > image.lastIndexOf('/');
    String name = at >= 0 ? image.substring(0, at) : tagged ? image.substring(0, colon) : image;
    String tag = at >= 0 ? image.substring(at + 1) : tagged ? image.substring(colon + 1) : "latest";
    String path =
        "/images/create" + Engine.query("fromImage", name, "tag", tag, "platform", platform);
    try (Reply reply = engine.send("POST", path, Logins.header(image), Body.NONE)) {
      print(reply, quiet, out);
    }
  }

  /// Lines of progress; the bytes within one step are not repeated.
  static void print(Reply reply, boolean quiet, PrintStream out) throws IOException {
    try (Json.Values values = Json.values(reply.body())) {
      for (@Nullable Json step = values.next(); step != null; step = values.next()) {
        if (!step.at("error").isEmpty()) {
          throw new IOException(step.at("error").text());
        }
        if (quiet) {
          continue;
        }
        if (step.has("stream")) {
          out.print(step.at("stream").text());
        } else if (step.at("progressDetail").isEmpty() && !step.at("status").isEmpty()) {
          String id = step.at("id").text();
          out.println((id.isEmpty() ? "" : id + ": ") + step.at("status").text());
        }
        out.flush();
      }
    }
  }
}
