package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.system.Logins;
import java.io.IOException;
import java.io.PrintStream;

/// Pulls, for `graft pull` and for `graft run` of an image that is not here.
public final class Pulling {
  private Pulling() {}

  public static void pull(
      Engine engine, String image, String platform, boolean quiet, PrintStream out)
      throws IOException {
    String full = withTag(image);
    int at = full.indexOf('@');
    int split = at >= 0 ? at : full.lastIndexOf(':');
    String query =
        Engine.query(
            "fromImage", full.substring(0, split),
            "tag", full.substring(split + 1),
            "platform", platform);
    send(engine, image, query, quiet, out);
  }

  static void all(Engine engine, String name, String platform, boolean quiet) throws IOException {
    send(engine, name, Engine.query("fromImage", name, "platform", platform), quiet, System.out);
  }

  private static void send(
      Engine engine, String image, String query, boolean quiet, PrintStream out)
      throws IOException {
    try (Reply reply =
        engine.send("POST", "/images/create" + query, Logins.header(image), Body.NONE)) {
      Steps.print(reply, quiet, out);
    }
  }

  /// With the tag that is meant if there is none.
  public static String withTag(String image) {
    boolean exact = image.contains("@") || image.lastIndexOf(':') > image.lastIndexOf('/');
    return exact ? image : image + ":latest";
  }

  /// With the registry, and `library/` where Docker Hub has it.
  static String canonical(String image) {
    int slash = image.indexOf('/');
    String first = slash < 0 ? "" : image.substring(0, slash);
    if (first.contains(".") || first.contains(":") || first.equals("localhost")) {
      return image;
    }
    return "docker.io/" + (slash < 0 ? "library/" : "") + image;
  }
}
