package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft rm`.
final class Rm implements Verb {
  @Override
  public Options options() {
    return new Options("rm", "Remove containers and what they wrote")
        .arguments(1, -1, "CONTAINER...")
        .flag("Kill it first if it runs; no error if there is none", "-f", "--force")
        .flag("Remove a link, not the container", "-l", "--link")
        .flag("Remove its anonymous volumes too", "-v", "--volumes")
        .details(
            """
            What a container wrote, other than to volumes and mounted directories, is gone with it.
            'graft commit' keeps it as an image.\
            """)
        .example("graft rm web", "remove a container that has stopped")
        .example("graft rm -f web", "remove it even if it runs")
        .example("graft rm -f $(graft ps -aq)", "remove all containers");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String query =
        Engine.query(
            "force", line.flag("--force") ? "1" : "",
            "link", line.flag("--link") ? "1" : "",
            "v", line.flag("--volumes") ? "1" : "");
    return Named.each(
        line,
        (path, name) -> {
          engine.delete(path + query);
          System.out.println(name);
        });
  }
}
