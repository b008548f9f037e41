package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Without file descriptors the server says so, once, and goes on.
@Timeout(180)
class ScarceDescriptorsTest {
  @TempDir Path dir;

  private Process start(Path socket, int left) throws Exception {
    return new ProcessBuilder(
            "bash",
            "-c",
            "ulimit -n 400; exec \"$@\"",
            "bash",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ScarceServer.class.getName(),
            socket.toString(),
            Integer.toString(left))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /// Clients that say half of a head and stop, and clients that have streams.
  @ParameterizedTest
  @ValueSource(strings = {"GET /plain HTTP/1.1\r\nHo", "GET /watch HTTP/1.1\r\nHost: d\r\n\r\n"})
  void theServerSurvives(String request) throws Exception {
    Path socket = dir.resolve("s");
    Process child = start(socket, 20);
    try (BufferedReader said = child.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      List<HttpServerContract.Peer> crowd = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        HttpServerContract.Peer peer = HttpServerTest.connect(socket);
        HttpServerContract.send(peer, request);
        crowd.add(peer);
      }
      assertThat(said.readLine()).contains("Too many open files").contains("LimitNOFILE");
      if (request.contains("plain")) {
        // In spite of those who wait.
        assertThat(HttpServerTest.get(socket, "/plain")).endsWith("hello");
      }
      for (HttpServerContract.Peer peer : crowd) {
        peer.close();
      }
      assertThat(HttpServerTest.get(socket, "/plain")).endsWith("hello");
      child.getOutputStream().close();
      assertThat(said.readLine()).isNull();
      assertThat(child.waitFor()).isZero();
    } finally {
      child.destroyForcibly();
    }
  }

  /// A quarter of the descriptors are for clients; the oldest that ask nothing make room.
  @Test
  void theOldestMakeRoom() throws Exception {
    Path socket = dir.resolve("s");
    Process child = start(socket, 250);
    try (BufferedReader said = child.inputReader()) {
      assertThat(said.readLine()).isEqualTo("ready");
      List<HttpServerContract.Peer> crowd = new ArrayList<>();
      for (int i = 0; i < 150; i++) {
        crowd.add(HttpServerTest.connect(socket));
      }
      assertThat(HttpServerTest.get(socket, "/plain")).endsWith("hello");
      assertThat(crowd.getFirst().in().read()).isEqualTo(-1);
      HttpServerContract.send(
          crowd.getLast(), "GET /plain HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
      assertThat(HttpServerContract.readAll(crowd.getLast())).endsWith("hello");
      for (HttpServerContract.Peer peer : crowd) {
        peer.close();
      }
      child.getOutputStream().close();
      assertThat(said.readLine()).isNull();
    } finally {
      child.destroyForcibly();
    }
  }
}
