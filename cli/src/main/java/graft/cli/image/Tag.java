package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft tag`.
final class Tag implements Verb {
  @Override
  public Options options() {
    return new Options("tag", "Give an image one more name")
        .arguments(2, 2, "IMAGE NAME[:TAG]")
        .details("A name that another image has is taken from it. No bytes are copied.")
        .example("graft tag my/web:2 my/web:latest", "my/web:latest is my/web:2 now")
        .example("graft tag my/web host:5000/my/web", "a name that says where 'graft push' goes");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String name = line.argument(1);
    int colon = name.lastIndexOf(':');
    boolean tagged = colon > name.lastIndexOf('/');
    String query =
        Engine.query(
            "repo", tagged ? name.substring(0, colon) : name,
            "tag", tagged ? name.substring(colon + 1) : "latest");
    engine
        .send("POST", "/images/" + Engine.encode(line.argument(0)) + "/tag" + query, Body.NONE)
        .close();
    return 0;
  }
}
