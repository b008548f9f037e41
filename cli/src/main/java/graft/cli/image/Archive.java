package graft.cli.command;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Answers that go to a file or to standard output.
final class Archive {
  private Archive() {}

  static void download(Engine engine, String path, String file) throws IOException {
    if (file.isEmpty() && Terminal.is(1)) {
      throw new IOException("an archive would spoil the terminal; use -o FILE or redirect it");
    }
    try (Reply reply = engine.send("GET", path, Body.NONE)) {
      if (file.isEmpty()) {
        reply.body().transferTo(System.out);
      } else {
        try (OutputStream out = Files.newOutputStream(Path.of(file))) {
          reply.body().transferTo(out);
        }
      }
    }
  }
}
