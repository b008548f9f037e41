package graft.docker.route;

import static org.assertj.core.api.Assertions.assertThat;

import graft.docker.Api;
import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The advisory database over the API.
@Tag("root")
class AdvisoryRoutesTest {
  private static final String RECORD =
      """
      {"id":"A-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:12",\
      "name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2"}]}]}]}
      {"id":"A-2","withdrawn":"2026-01-01T00:00:00Z"}
      """;

  @TempDir Path dir;

  @Test
  void importedShownAndRemoved() throws Exception {
    Path socket = dir.resolve("s");
    try (Engine engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
        HttpServer server =
            HttpServer.start(socket, new Access.Owner(), Api.routes(engine), _ -> {})) {
      assertThat(server).isNotNull();
      assertThat(ask(socket, "GET", "", "")).contains("200 OK").contains("\"sources\":[]");
      assertThat(ask(socket, "POST", "?source=osv&file=x.json", RECORD))
          .contains("200 OK")
          .contains("\"records\":1")
          .contains("\"withdrawn\":1")
          .contains("x.json line 2: withdrawn")
          .contains("\"digest\":\"" + engine.advisories().status().digest());
      assertThat(ask(socket, "GET", "", "")).contains("\"name\":\"osv\"");
      // What is of no use, or has no name, is a mistake of the client's, and changes nothing.
      assertThat(ask(socket, "POST", "?source=osv", "nothing"))
          .contains("400 Bad Request")
          .contains("no advisory could be used of osv, so nothing was changed");
      assertThat(ask(socket, "POST", "", RECORD)).contains("400 Bad Request");
      assertThat(engine.advisories().status().sources()).hasSize(1);
      assertThat(ask(socket, "DELETE", "/other", "")).contains("404 Not Found");
      assertThat(ask(socket, "DELETE", "/osv", "")).contains("200 OK").contains("\"sources\":[]");
    }
  }

  private static String ask(Path socket, String method, String more, String body)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      String request =
          method
              + " /graft/v1/lineage/db"
              + more
              + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      Channels.newInputStream(channel).transferTo(answer);
      return answer.toString(StandardCharsets.UTF_8);
    }
  }
}
