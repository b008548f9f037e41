package graft.cli.image;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// `graft load`.
final class Load implements Verb {
  @Override
  public Options options() {
    return new Options("load", "Read images from a tar that save wrote")
        .arguments(0, 0)
        .value("FILE", "Read from a file, not from standard input", "-i", "--input")
        .value("OS/ARCH", "Only this platform", "--platform")
        .flag("Print only the names", "-q", "--quiet")
        .details(
            """
            Reads what 'graft save' and 'docker save' write, and OCI layouts as a tar; gzip, zstd and
            bzip2 as well.\
            """)
        .example("graft load -i web.tar", "from a file")
        .example("zcat both.tar.gz | graft load", "from a pipe");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean quiet = line.flag("--quiet");
    String query =
        Engine.query(
            "quiet", quiet || !Terminal.is(1) ? "1" : "0", "platform", line.text("--platform"));
    try (InputStream in = open(line.text("--input"));
        Reply reply = engine.send("POST", "/images/load" + query, Body.tar(in))) {
      Steps.print(reply, false, System.out);
    }
    return 0;
  }

  private static InputStream open(String file) throws IOException {
    if (file.isEmpty() || file.equals("-")) {
      if (Terminal.is(0)) {
        throw new IOException(
            "an archive does not come from a terminal; use --input FILE or a pipe");
      }
      return System.in;
    }
    return file(file);
  }

  static InputStream file(String file) throws IOException {
    try {
      return Files.newInputStream(Path.of(file));
    } catch (NoSuchFileException e) {
      throw new IOException("open " + file + ": no such file or directory", e);
    }
  }
}
