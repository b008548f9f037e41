package graft.cli.container;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.stream.Download;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft export`.
final class Export implements Verb {
  @Override
  public Options options() {
    return new Options("export", "Write all files of a container as a tar")
        .arguments(1, 1, "CONTAINER")
        .value("FILE", "Write to a file, not to standard output", "-o", "--output")
        .flag("No progress", "-q", "--quiet")
        .details(
            """
            The tar has the files only; 'graft commit' and 'graft save' keep the layers and how to
            run them as well.\
            """)
        .example("graft export -o web.tar web", "into a file")
        .example("graft export web | tar -t", "what is in it");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String file = line.text("--output");
    Download.check(file);
    try (Reply reply = engine.send("GET", Named.path(line.argument(0)) + "/export", Body.NONE)) {
      Download.to(file, reply.body(), line.flag("--quiet"));
    }
    return 0;
  }
}
