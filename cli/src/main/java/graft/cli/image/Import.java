package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.io.InputStream;

/// `graft import`.
final class Import implements Verb {
  @Override
  public Options options() {
    return new Options("import", "Make an image of one layer from a tar of files")
        .arguments(1, 2, "FILE|URL|- [NAME[:TAG]]")
        .list("INSTRUCTION", "A line of a Dockerfile to apply, as 'CMD [\"sh\"]'", "-c", "--change")
        .value("TEXT", "What it is", "-m", "--message")
        .value("OS/ARCH", "Its platform", "--platform")
        .details("For images with layers, as 'graft save' writes them, there is 'graft load'.")
        .example("graft import rootfs.tar my/base:1", "an image without a parent")
        .example("tar -C root -c . | graft import -c 'CMD [\"sh\"]' - my/base", "from a pipe");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String source = line.argument(0);
    boolean url = source.matches("https?://.*");
    StringBuilder path = new StringBuilder("/images/create");
    path.append(
        Engine.query(
            "fromSrc", url ? source : "-",
            "repo", line.argumentOrNone(1),
            "message", line.text("--message"),
            "platform", line.text("--platform")));
    line.list("--change").forEach(change -> path.append("&changes=").append(Engine.encode(change)));
    if (url) {
      try (Reply reply = engine.send("POST", path.toString(), Body.NONE)) {
        Steps.print(reply, false, System.out);
      }
      return 0;
    }
    try (InputStream in = source.equals("-") ? System.in : Load.file(source);
        Reply reply = engine.send("POST", path.toString(), Body.tar(in))) {
      Steps.print(reply, false, System.out);
    }
    return 0;
  }
}
