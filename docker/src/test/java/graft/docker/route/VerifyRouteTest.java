package graft.docker.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import graft.docker.Api;
import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.engine.BusyboxTar;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Verification over the API.
@Tag("root")
class VerifyRouteTest {
  @TempDir Path dir;

  @Test
  void aLineForEachThingAndTheSums() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    Path data = dir.resolve("data");
    Path socket = dir.resolve("s");
    try (Engine engine = Engine.open(EngineConfig.at(data, dir.resolve("run")));
        HttpServer server =
            HttpServer.start(socket, new Access.Owner(), Api.routes(engine), _ -> {})) {
      ImageRecord image =
          engine
              .images()
              .importTar(
                  new Growth.Import(
                      Optional.of(Reference.parse("x:1")), "", List.of(), Platform.host()),
                  new ByteArrayInputStream(BusyboxTar.make()));
      List<JsonNode> whole = verify(socket);
      assertThat(whole).hasSize(4);
      assertThat(whole.getLast().toString()).isEqualTo("{\"layers\":1,\"blobs\":2,\"bad\":0}");
      String layer = image.diffIds().getFirst().hex();
      Files.writeString(data.resolve("overlay/layers/" + layer + "/fs/etc/passwd"), "other");
      List<JsonNode> damaged = verify(socket);
      assertThat(damaged.getLast().path("bad").asInt()).isOne();
      JsonNode first = damaged.getFirst();
      assertThat(first.path("kind").asText()).isEqualTo("layer");
      assertThat(first.path("digest").asText()).isEqualTo("sha256:" + layer);
      assertThat(first.path("ok").asBoolean(true)).isFalse();
      assertThat(first.path("problem").asText()).isNotBlank();
      assertThat(first.path("images").toString()).isEqualTo("[\"x:1\"]");
      assertThat(server).isNotNull();
    }
  }

  /// The lines of the answer, each of which comes in a chunk.
  private static List<JsonNode> verify(Path socket) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          ByteBuffer.wrap(
              "POST /graft/v1/verify HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer buffer = ByteBuffer.allocate(8192);
      while (channel.read(buffer) >= 0) {
        answer.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
    }
    List<JsonNode> lines = new ArrayList<>();
    for (String line : answer.toString(StandardCharsets.UTF_8).split("\r?\n", -1)) {
      if (line.startsWith("{")) {
        lines.add(Json.MAPPER.readTree(line));
      }
    }
    return lines;
  }
}
