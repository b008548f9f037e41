package graft.cli.tree;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.verb.ImagePath;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft cat IMAGE:/path`.
final class Cat implements Verb {
  @Override
  public Options options() {
    return new Options("cat", "Print files of images, without making a container")
        .arguments(1, -1, "IMAGE:/PATH...")
        .example("graft cat busybox:/etc/passwd", "one file")
        .example("graft cat my/web:/app.jar > app.jar", "into a file; 'graft cp' copies trees");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    for (String argument : line.arguments()) {
      ImagePath what = ImagePath.of(argument);
      String query = Engine.query("path", what.path(), "op", "cat");
      try (Reply reply = engine.send("GET", what.route() + "/files" + query, Body.NONE)) {
        reply.body().transferTo(System.out);
      }
    }
    return 0;
  }
}
