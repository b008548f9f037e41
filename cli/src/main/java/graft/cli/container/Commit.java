package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.Map;

/// `graft commit`.
final class Commit implements Verb {
  @Override
  public Options options() {
    return new Options("commit", "Make an image of what a container changed")
        .arguments(1, 2, "CONTAINER [NAME[:TAG]]")
        .value("TEXT", "Who made it", "-a", "--author")
        .list("INSTRUCTION", "A line of a Dockerfile to apply, as 'CMD [\"sh\"]'", "-c", "--change")
        .value("TEXT", "What changed", "-m", "--message")
        .flag("Pause the container meanwhile (true)", "-p", "--pause")
        .details(
            """
            The container's writable layer becomes one more read-only layer. The new image derives
            from the container's image and shares all its layers: 'graft tree' shows it below.
            Volumes and mounted directories are not part of it.\
            """)
        .example("graft commit web my/web:2", "the image my/web:2, and its ID")
        .example(
            "graft commit -c 'CMD [\"httpd\"]' -m 'with httpd' box my/httpd",
            "with another command");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String target = line.argumentOrNone(1);
    int colon = target.lastIndexOf(':');
    boolean tagged = colon > target.lastIndexOf('/');
    String path =
        "/commit"
            + Engine.query(
                "container", line.argument(0),
                "repo", tagged ? target.substring(0, colon) : target,
                "tag", tagged ? target.substring(colon + 1) : "",
                "author", line.text("--author"),
                "comment", line.text("--message"),
                "pause", line.flag("--pause", true) ? "" : "0",
                "changes", String.join("\n", line.list("--change")));
    System.out.println(engine.post(path, Map.of()).at("Id").text());
    return 0;
  }
}
