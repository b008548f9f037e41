package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;

import graft.error.GraftException;
import graft.oci.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The glue on raw sockets: what the clients of the Docker API rely on, over whatever carries it.
@Timeout(180)
abstract class HttpServerContract {
  private static final int WATCHERS = 50;

  @TempDir Path dir;
  private HttpServer server;
  private final LinkedBlockingQueue<String> troubles = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();

  /// One client's connection.
  interface Peer extends AutoCloseable {
    InputStream in() throws IOException;

    OutputStream out() throws IOException;

    void closeOutput() throws IOException;

    @Override
    void close() throws IOException;
  }

  /// What the handler of `/first` has read.
  String seen() {
    try {
      return String.valueOf(seen.poll(120, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  abstract Peer connect() throws IOException;

  Path socket() {
    return dir.resolve("s");
  }

  private final CountDownLatch gone = new CountDownLatch(WATCHERS);

  @BeforeEach
  void start() throws IOException {
    server =
        HttpServer.start(
            socket(),
            new Access.Usual(),
            new Router()
                .get("/plain", x -> x.text(200, "hello"))
                .head("/plain", x -> x.text(200, "hello"))
                .get(
                    "/gone",
                    x -> {
                      throw GraftException.notFound("No such thing: x");
                    })
                .post("/same", x -> x.empty(304))
                .post("/json", x -> x.json(200, x.json()))
                .get(
                    "/images/{name:.*}/json",
                    x -> x.json(200, Json.MAPPER.createObjectNode().put("n", x.parameter("name"))))
                .post(
                    "/count",
                    x -> {
                      long n = 0;
                      byte[] buffer = new byte[8192];
                      for (int r = x.body().read(buffer); r >= 0; r = x.body().read(buffer)) {
                        n += r;
                      }
                      x.text(200, Long.toString(n));
                    })
                .post("/ignore", x -> x.text(200, "ignored"))
                .post(
                    "/first",
                    x -> {
                      seen.add(Character.toString(x.body().read()));
                      x.text(200, "first");
                    })
                .get(
                    "/watch",
                    x -> {
                      Exchange.Stream s = x.stream("application/json");
                      CountDownLatch left = new CountDownLatch(1);
                      s.whenGone(left::countDown);
                      left.await();
                      gone.countDown();
                    })
                .get(
                    "/lines",
                    x -> {
                      try (OutputStream out = x.stream("application/json").out()) {
                        out.write("{}\n".getBytes(StandardCharsets.UTF_8));
                      }
                    })
                .post(
                    "/echo",
                    x -> {
                      Exchange.Stream s = x.hijack(true, Exchange.Head.BARE);
                      s.in().transferTo(s.out());
                      s.out().write("bye".getBytes(StandardCharsets.UTF_8));
                    }),
            troubles::add);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    assertThat(troubles).isEmpty();
  }

  static void send(Peer peer, String text) throws IOException {
    peer.out().write(text.getBytes(StandardCharsets.ISO_8859_1));
    peer.out().flush();
  }

  static String readAll(Peer peer) throws IOException {
    return new String(peer.in().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  String ask(String request) throws IOException {
    try (Peer channel = connect()) {
      send(channel, request);
      return readAll(channel);
    }
  }

  String get(String path) throws IOException {
    return ask("GET " + path + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
  }

  /// Path, status, end of the answer.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/plain | 200 | hello",
        "/v1.24/plain | 200 | hello",
        "/v1.51/plain | 200 | hello",
        "//v1.51//plain | 200 | hello",
        "/v1.23/plain | 400 | client version 1.23 is too old. Minimum supported API version is"
            + " 1.24, please upgrade your client to a newer version",
        "/v1.99/plain | 400 | {\"message\":\"client version 1.99 is too new. Maximum supported"
            + " API version is 1.51\"}",
        "/nothing | 404 | {\"message\":\"page not found\"}",
        "/images/%zz/json | 400 | {\"message\":\"the path /images/%zz/json has a broken % escape\"}",
        "/gone | 404 | {\"message\":\"No such thing: x\"}",
        "/images/a/b:c@sha256:d/json | 200 | {\"n\":\"a/b:c@sha256:d\"}",
        "/images/%2Fa%2Fb/json | 200 | {\"n\":\"a/b\"}",
      })
  void answers(String path, int status, String end) throws IOException {
    String answer = get(path);
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
    assertThat(answer.strip()).endsWith(end);
    assertThat(answer).contains("Server: Docker/");
    // Where no route was found, nothing is said of the API.
    boolean routed = !end.contains("page not found") && !end.contains("% escape");
    assertThat(answer.contains("Api-Version: 1.51")).isEqualTo(routed);
    assertThat(answer.contains("Ostype: linux")).isEqualTo(routed);
  }

  @Test
  void headAndNotModifiedHaveNoBody() throws IOException {
    String head = ask("HEAD /plain HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
    assertThat(head).contains("200 OK").doesNotContain("hello");
    String same =
        ask("POST /same HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assertThat(same).startsWith("HTTP/1.1 304").endsWith("\r\n\r\n");
  }

  @Test
  void aConnectionServesSeveralRequests() throws IOException {
    String answers =
        ask(
            "GET /plain HTTP/1.1\r\nHost: d\r\n\r\n"
                + "GET /plain HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
    assertThat(answers.split("hello", -1)).hasSize(3);
  }

  /// Content type, body, the message of the refusal.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/json | '' | invalid JSON: got EOF while reading request body",
        "application/json | {bad | invalid JSON: invalid character 'b' looking for beginning of"
            + " object key string",
        "application/json | {} x | unexpected content after JSON",
        "text/plain | {} | unsupported Content-Type header (text/plain): must be"
            + " 'application/json'",
      })
  void brokenBodiesAreRefusedInDockersWords(String type, String body, String message)
      throws IOException {
    String answer =
        ask(
            "POST /json HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Type: "
                + type
                + "\r\nContent-Length: "
                + body.length()
                + "\r\n\r\n"
                + body);
    assertThat(answer).startsWith("HTTP/1.1 400 ");
    assertThat(Json.MAPPER.readTree(answer.substring(answer.indexOf("\r\n\r\n"))).get("message"))
        .hasToString(Json.MAPPER.getNodeFactory().textNode(message).toString());
  }

  @Test
  void chunkedUploadsAreCounted() throws IOException {
    StringBuilder request =
        new StringBuilder(
            "POST /count HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 100; i++) {
      request.append("2710\r\n").append("x".repeat(10_000)).append("\r\n");
    }
    request.append("0\r\n\r\n");
    assertThat(ask(request.toString())).endsWith("1000000");
  }

  @Test
  void aHijackedConnectionKeepsWhatCameEarlyAndEndsAfterTheHalfClose() throws IOException {
    try (Peer channel = connect()) {
      send(
          channel,
          "POST /echo HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
              + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}early ");
      send(channel, "late ");
      channel.closeOutput();
      String answer = readAll(channel);
      assertThat(answer)
          .isEqualTo(
              "HTTP/1.1 101 UPGRADED\r\nContent-Type: "
                  + "application/vnd.docker.multiplexed-stream\r\n"
                  + "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly late bye");
    }
  }

  @Test
  void withoutUpgradeTheStreamIsRaw() throws IOException {
    try (Peer channel = connect()) {
      send(channel, "POST /v1.41/echo HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\nx");
      channel.closeOutput();
      assertThat(readAll(channel))
          .isEqualTo(
              "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nxbye");
    }
  }

  @Test
  void streamsAreChunkedAndEnd() throws IOException {
    assertThat(get("/lines"))
        .contains("Transfer-Encoding: chunked")
        .endsWith("\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n");
  }

  @Test
  void clientsThatVanishAreNoticedWhileNothingIsWritten() throws Exception {
    List<Peer> clients = new ArrayList<>();
    for (int i = 0; i < WATCHERS; i++) {
      Peer c = connect();
      send(c, "GET /watch HTTP/1.1\r\nHost: d\r\n\r\n");
      assertThat(c.in().readNBytes(64)).hasSize(64);
      clients.add(c);
    }
    for (Peer c : clients) {
      c.close();
    }
    assertThat(gone.await(120, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void muchGoesBothWaysAtOnce() throws Exception {
    byte[] bytes = new byte[20_000_000];
    new Random(1).nextBytes(bytes);
    try (Peer peer = connect()) {
      send(peer, "POST /echo HTTP/1.1\r\nHost: d\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n");
      OutputStream out = peer.out();
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  out.write(bytes);
                  peer.closeOutput();
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      byte[] all = peer.in().readAllBytes();
      writer.join();
      int head = new String(all, 0, 300, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n") + 4;
      assertThat(Arrays.equals(all, head, head + bytes.length, bytes, 0, bytes.length)).isTrue();
      assertThat(all).hasSize(head + bytes.length + 3);
    }
  }
}
