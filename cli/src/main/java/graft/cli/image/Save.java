package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.stream.Download;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft save`.
final class Save implements Verb {
  @Override
  public Options options() {
    return new Options("save", "Write images with all their layers to a tar")
        .arguments(1, -1, "IMAGE...")
        .value("FILE", "Write to a file, not to standard output", "-o", "--output")
        .value("OS/ARCH", "Only this platform", "--platform")
        .flag("No progress", "-q", "--quiet")
        .details("'graft load' and 'docker load' read it. Layers that images share are in it once.")
        .example("graft save -o web.tar my/web", "one image with its history")
        .example("graft save my/web my/db | gzip > both.tar.gz", "several, compressed");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    StringBuilder query = new StringBuilder();
    for (String name : line.arguments()) {
      query.append(query.isEmpty() ? "?names=" : "&names=").append(Engine.encode(name));
    }
    if (line.given("--platform")) {
      query.append("&platform=").append(Engine.encode(line.text("--platform")));
    }
    String file = line.text("--output");
    Download.check(file);
    try (Reply reply = engine.send("GET", "/images/get" + query, Body.NONE)) {
      Download.to(file, reply.body(), line.flag("--quiet"));
    }
    return 0;
  }
}
