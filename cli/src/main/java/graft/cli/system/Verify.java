package graft.cli.system;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// `graft verify`.
final class Verify implements Verb {
  @Override
  public Options options() {
    return new Options("verify", "Read all layers and blobs again, and name what is damaged")
        .arguments(0, 0)
        .flag("Only the damaged ones, no sums", "-q", "--quiet")
        .flag("One JSON object a line, also for what is whole", "--json")
        .details(
            """
            Every layer and blob is read from the disk and must have the digest that is its name.
            What is damaged is brought anew by the next pull of an image that has it. The exit code
            is 1 if anything is damaged.\
            """)
        .example("graft verify", "is everything as it was stored?");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    @Nullable Json sums = null;
    try (Reply reply = engine.send("POST", "/graft/v1/verify", Body.NONE)) {
      Json.Values values = Json.values(reply.body());
      for (@Nullable Json thing = values.next(); thing != null; thing = values.next()) {
        if (line.flag("--json")) {
          System.out.println(thing.write());
        } else if (thing.fields().containsKey("kind") && !thing.at("ok").truth()) {
          System.out.println(damaged(thing));
        }
        System.out.flush();
        sums = thing;
      }
    }
    if (sums == null || !sums.fields().containsKey("bad")) {
      throw new IOException("the engine ended before it had looked at everything; try again");
    }
    long bad = sums.at("bad").number();
    if (!line.flag("--json") && !line.flag("--quiet")) {
      System.out.println(
          sums.at("layers").number()
              + " layers and "
              + sums.at("blobs").number()
              + " blobs read, "
              + (bad == 0 ? "all whole" : bad + " damaged; pull the images that have them again"));
    }
    return bad == 0 ? 0 : 1;
  }

  static String damaged(Json thing) {
    String images = String.join(", ", thing.at("images").texts());
    return thing.at("kind").text()
        + " "
        + Human.shortId(thing.at("digest").text())
        + (images.isEmpty() ? "" : " of " + images)
        + ": "
        + thing.at("problem").text();
  }
}
