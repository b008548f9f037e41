package graft.cli.ui;

import static org.assertj.core.api.Assertions.assertThat;

import graft.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who comes through, and with what. Requests are written by hand: a client would correct them.
class GatewayTest {
  @TempDir private Path dir;
  private PretendedEngine engine;
  private Gateway gateway;
  private final List<String> links = new CopyOnWriteArrayList<>();
  private int port;

  @BeforeEach
  void start() throws IOException {
    engine = new PretendedEngine(dir.resolve("engine.sock"), 5);
    gateway =
        Gateway.start(
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            engine.client(),
            links::add);
    port = Integer.parseInt(gateway.link().replaceFirst("http://127.0.0.1:(\\d+)/.*", "$1"));
  }

  @AfterEach
  void stop() throws IOException {
    gateway.close();
    engine.close();
  }

  private String ask(String request, String body, String... headers) throws IOException {
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      StringBuilder head = new StringBuilder(request + " HTTP/1.1\r\nConnection: close\r\n");
      for (String header : headers) {
        head.append(header).append("\r\n");
      }
      if (!body.isEmpty()) {
        head.append("Content-Length: ").append(body.length()).append("\r\n");
      }
      byte[] bytes = (head + "\r\n" + body).getBytes(StandardCharsets.ISO_8859_1);
      socket.getOutputStream().write(bytes);
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String host() {
    return "Host: 127.0.0.1:" + port;
  }

  private String origin() {
    return "Origin: http://127.0.0.1:" + port;
  }

  private static int status(String answer) {
    return Integer.parseInt(answer.substring(9, 12));
  }

  private static String token(String link) {
    return link.substring(link.indexOf("#token=") + 7);
  }

  private String key() throws IOException {
    String answer = ask("POST /session", token(gateway.link()), host(), origin());
    assertThat(status(answer)).isEqualTo(200);
    return Json.parse(answer.substring(answer.indexOf("\r\n\r\n") + 4)).at("key").text();
  }

  private String authorization() throws IOException {
    return "Authorization: Bearer " + key();
  }

  @Test
  void aLinkWorksOnceAndTheNextIsTold() throws IOException {
    key();
    assertThat(status(ask("POST /session", token(gateway.link()), host(), origin())))
        .isEqualTo(401);
    assertThat(links).hasSize(1);
    assertThat(status(ask("POST /session", token(links.getFirst()), host(), origin())))
        .isEqualTo(200);
  }

  @Test
  void aGuessIsNoLink() throws IOException {
    assertThat(status(ask("POST /session", "x", host(), origin()))).isEqualTo(401);
    assertThat(status(ask("POST /session", "", host(), origin()))).isEqualTo(401);
    // And leaves the link as it was.
    key();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bearer", "Bearer ", "Bearer x", "Basic eDp4"})
  void withoutAKeyNothingIsTold(String authorization) throws IOException {
    key();
    for (String path : List.of("/graft/v1/lineage/tree", "/changes", "/graft/v1/lineage/x")) {
      String answer = ask("GET " + path, "", host(), "Authorization: " + authorization);
      assertThat(status(answer)).as(path).isEqualTo(401);
    }
    assertThat(engine.asked()).isEmpty();
  }

  @Test
  void withAKeyTheTreeIsTold() throws IOException {
    String answer = ask("GET /graft/v1/lineage/tree?cve=1", "", host(), authorization());
    assertThat(status(answer)).isEqualTo(200);
    assertThat(answer).contains("debian:12");
  }

  /// A name that a stranger's server has made to point to this machine.
  @ParameterizedTest
  @CsvSource({
    "Host: evil.example,403",
    "Host: evil.example:PORT,403",
    "Host: 127.0.0.1,403",
    "Host: localhost.evil.example:PORT,403",
    "Host: 127.0.0.1:PORT,200",
    "Host: localhost:PORT,200",
  })
  void onlyThisHostIsAnswered(String host, int status) throws IOException {
    String name = host.replace("PORT", Integer.toString(port));
    assertThat(status(ask("GET /", "", name))).isEqualTo(status);
    assertThat(status(ask("GET /graft/v1/lineage/tree", "", name, authorization())))
        .isEqualTo(status);
  }

  @Test
  void twoHostsAreNone() throws IOException {
    assertThat(status(ask("GET /", "", host(), "Host: evil.example"))).isGreaterThanOrEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({
    "Origin: http://evil.example",
    "Origin: null",
    "Origin: https://127.0.0.1:PORT",
    "Origin: http://localhost:PORT",
    "X-None: x",
  })
  void whatOtherPagesPostIsRefused(String origin) throws IOException {
    String from = origin.replace("PORT", Integer.toString(port));
    String authorization = authorization();
    String type = "Content-Type: application/json";
    assertThat(status(ask("POST /graft/v1/lineage/plans", "{}", host(), from, authorization, type)))
        .isEqualTo(403);
    assertThat(status(ask("POST /session", token(links.getFirst()), host(), from))).isEqualTo(403);
    assertThat(engine.asked()).isEmpty();
  }

  @Test
  void otherSitesMayNotEvenRead() throws IOException {
    String authorization = authorization();
    String tree = "GET /graft/v1/lineage/tree";
    String from = "Sec-Fetch-Site: ";
    assertThat(status(ask(tree, "", host(), authorization, from + "cross-site"))).isEqualTo(403);
    assertThat(status(ask(tree, "", host(), authorization, from + "same-site"))).isEqualTo(403);
    assertThat(status(ask(tree, "", host(), authorization, from + "same-origin"))).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /containers/json",
        "POST /containers/create",
        "GET /v1.51/images/json",
        "GET /graft/v1/tree",
        "GET /graft/v1/images/x/files",
        "GET /graft/v1/images/x/files?layers",
        "GET /graft/v1/images/../../../containers/json/layers",
        "GET /graft/v1/lineage/../../../containers/json",
        "GET /graft/v1/lineage/..%2f..%2f..%2fcontainers/json",
        "GET /graft/v1/lineage/%2e%2e/%2e%2e/x",
        "GET /graft/v1/lineage//tree",
        "GET /graft/v1/lineage/tree%0d%0aX:y",
        "GET //graft/v1/lineage/tree",
        "POST /graft/v1/lineage/tree",
        "POST /graft/v1/lineage/plans/x/apply",
        "POST /graft/v1/lineage/webhook",
        "POST /graft/v1/lineage/db?source=x",
        "PUT /graft/v1/lineage/plans",
        "PUT /graft/v1/lineage/follow/../db",
        "DELETE /graft/v1/lineage/db/x",
        "DELETE /graft/v1/lineage/follow",
        "POST /graft/v1/lineage/follow/x",
        "PATCH /graft/v1/lineage/plans",
        "GET /events",
        "GET /secret.js.map",
        "POST /",
      })
  void nothingElseOfTheApiIsThere(String request) throws IOException {
    String answer = ask(request, "", host(), origin(), authorization());
    assertThat(status(answer)).isIn(400, 403);
    assertThat(engine.asked()).isEmpty();
  }

  @Test
  void whatIsFollowedIsSetByThePageAlone() throws IOException {
    String authorization = authorization();
    String body = "{\"rerun\":true}";
    for (String method : List.of("PUT", "DELETE")) {
      String request = method + " /graft/v1/lineage/follow/shop/cart:1";
      assertThat(status(ask(request, body, host(), authorization))).as("no origin").isEqualTo(403);
      assertThat(status(ask(request, body, host(), origin()))).as("no key").isEqualTo(401);
      assertThat(engine.asked()).isEmpty();
      assertThat(status(ask(request, body, host(), origin(), authorization)))
          .isEqualTo(method.equals("PUT") ? 200 : 204);
      assertThat(engine.asked())
          .containsExactly(
              method.equals("PUT")
                  ? "PUT /graft/v1/lineage/follow/shop/cart:1 " + body
                  : "DELETE /graft/v1/lineage/follow/shop/cart:1");
      engine.asked().clear();
    }
  }

  @Test
  void everyAnswerHasTheHeadersThatKeepThePageIn() throws IOException {
    String authorization = authorization();
    for (String path : List.of("/", "/main.js", "/graft/v1/lineage/tree", "/none.js", "/x")) {
      assertThat(ask("GET " + path, "", host(), authorization))
          .as(path)
          .contains("default-src 'none'; script-src 'self'")
          .contains("frame-ancestors 'none'")
          .containsIgnoringCase("X-Content-Type-Options: nosniff")
          .containsIgnoringCase("Referrer-Policy: no-referrer")
          .containsIgnoringCase("Cache-Control: no-store")
          .doesNotContainIgnoringCase("Set-Cookie");
    }
  }

  @Test
  void theEnginesErrorsComeThroughAsTheyAre() throws IOException {
    String answer = ask("GET /none.js", "", host());
    assertThat(status(answer)).isEqualTo(404);
    assertThat(answer).contains("{\"message\":\"the page has no file none.js\"}");
  }

  @Test
  void aLongRequestIsRefused() throws IOException {
    String plan = "{\"image\":\"" + "x".repeat(70_000) + "\"}";
    String answer = ask("POST /graft/v1/lineage/plans", plan, host(), origin(), authorization());
    assertThat(status(answer)).isEqualTo(413);
  }

  @Test
  void anEngineThatHasGoneIsSaid() throws IOException {
    String authorization = authorization();
    engine.close();
    String answer = ask("GET /graft/v1/lineage/tree", "", host(), authorization);
    assertThat(status(answer)).isEqualTo(502);
    assertThat(answer).contains("the engine does not answer");
  }

  /// Other events' contents, as labels of containers, are not for the page.
  @Test
  void changesAreWords() throws IOException {
    String authorization = authorization();
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      socket
          .getOutputStream()
          .write(
              ("GET /changes HTTP/1.1\r\n" + host() + "\r\n" + authorization + "\r\n\r\n")
                  .getBytes(StandardCharsets.ISO_8859_1));
      socket.setSoTimeout(20_000);
      StringBuilder read = new StringBuilder();
      readUntil(socket, read, "\r\n\r\n");
      engine.happen();
      readUntil(socket, read, "image");
      assertThat(read.toString()).doesNotContain("tag").contains("text/plain");
    }
  }

  private static void readUntil(Socket socket, StringBuilder read, String end) throws IOException {
    while (read.indexOf(end) < 0) {
      int c = socket.getInputStream().read();
      assertThat(c).isNotNegative();
      read.append((char) c);
    }
  }
}
