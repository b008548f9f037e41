package graft.bench;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.http.UnixEndpoint;
import graft.cli.json.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// The calls that are timed without a client program in between.
record Api(Engine engine) {
  static Api of(String host) {
    Path socket = Path.of(host.substring("unix://".length()));
    return new Api(
        new Engine(
            new UnixEndpoint(socket),
            cause -> {
              throw cause;
            }));
  }

  String create(String name, List<String> command) throws IOException {
    return engine
        .post(
            "/containers/create" + Engine.query("name", name),
            Map.of("Image", "gb:1", "Cmd", command, "HostConfig", Map.of("NetworkMode", "none")))
        .at("Id")
        .text();
  }

  void post(String path) throws IOException {
    engine.send("POST", path, Body.NONE).close();
  }

  void remove(String id) throws IOException {
    engine.delete("/containers/" + id + "?force=1&v=1");
  }

  Json get(String path) throws IOException {
    return engine.get(path);
  }

  /// Bytes of an answer, which is read and not looked at.
  long read(String path) throws IOException {
    try (Reply reply = engine.send("GET", path, Body.NONE)) {
      return reply.body().transferTo(java.io.OutputStream.nullOutputStream());
    }
  }

  void importTar(byte[] tar, String name, String change) throws IOException {
    String query = Engine.query("fromSrc", "-", "repo", name, "tag", "1", "changes", change);
    try (Reply reply =
        engine.send("POST", "/images/create" + query, Body.tar(new ByteArrayInputStream(tar)))) {
      reply.body().transferTo(java.io.OutputStream.nullOutputStream());
    }
  }
}
