package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients must not be able to do, over whatever carries it.
abstract class HostileClientsContract extends HttpServerContract {
  private static final String CHUNKED =
      "POST /count HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n";
  private static final String PLAIN = "GET /plain HTTP/1.1\r\nHost: d\r\n\r\n";
  private static final String LAST = "GET /plain HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";

  /// How many connections are opened at once.
  abstract int crowd();

  /// Sends all, reads only then. The connection has to be ended by the server.
  private String answerTo(String... parts) throws IOException {
    try (Peer peer = connect()) {
      for (String part : parts) {
        send(peer, part);
      }
      return readAll(peer);
    }
  }

  private static void assertOneAnswer(String answer, int status, String message) {
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").doesNotContain("hello");
    assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(2);
    assertThat(answer).containsIgnoringCase("connection: close");
    assertThat(answer.substring(answer.indexOf("\r\n\r\n")).strip())
        .contains(message)
        .doesNotContain("\n");
  }

  /// What breaks the rules or their limits is answered once, at once, and the connection closed: no
  /// second request can hide in it. `~` is an end of line.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /plain HTTP/1.0~~ | 505",
        "GET /plain HTTP/1.1~Host : d~~ | 400",
        "GET /plain HTTP/1.1~X: a~ b~~ | 400",
        "GET /plain~~ | 400",
        "~~ | 400",
        "PRI * HTTP/2.0~~SM~~ | 400",
        "POST /count HTTP/1.1~Content-Length: 2~Transfer-Encoding: chunked~~0~~GET /plain"
            + " HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Content-Length: 2~Content-Length: 30~~xxGET /plain HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Content-Length: -2~~GET /plain HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Content-Length: 99999999999999999999~~GET /plain HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Transfer-Encoding: xchunked~~0~~GET /plain HTTP/1.1~~ | 400",
      })
  void hostileRequestsAreAnsweredOnce(String request, int status) throws IOException {
    assertOneAnswer(answerTo(request.replace("~", "\r\n")), status, "message");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET /plain HTTP/1.1\n\n", "GET /plain HTTP/1.1\r\nX: y\n\r\n"})
  void aLineFeedEndsNoLine(String request) throws IOException {
    assertOneAnswer(answerTo(request), 400, "Bad Request");
  }

  /// A chunked body, what is said about it. `~` is an end of line, `!` a line feed.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-5~hello~0~~ | no hexadecimal number",
        "zz~hello~0~~ | no hexadecimal number",
        "~hello~0~~ | no hexadecimal number",
        ";a~hello~0~~ | no hexadecimal number",
        "0x5~hello~0~~ | no hexadecimal number",
        "+5~hello~0~~ | no hexadecimal number",
        "5_~hello~0~~ | no hexadecimal number",
        "\u0665~hello~0~~ | no hexadecimal number",
        "ffffffffffffffff~hello~0~~ | too large",
        "00000000000000005~hello~0~~ | too large",
        "5~helloX~0~~ | no end of line",
        "5~hello0~~ | no end of line",
        "5~hello!0~~ | no end of line",
        "5!hello!0!! | no hexadecimal number",
        "5;a!hello~0~~ | a line feed",
        "0~X: y!~ | a line feed",
      })
  void brokenChunksAreRefusedAtOnce(String body, String message) throws IOException {
    String sent = body.replace("~", "\r\n").replace('!', '\n');
    assertOneAnswer(answerTo(CHUNKED, sent, PLAIN), 400, message);
  }

  @Test
  void extensionsAndTrailersAreBounded() throws IOException {
    assertOneAnswer(answerTo(CHUNKED, "5;", "x".repeat(5000)), 400, "too long");
    assertOneAnswer(answerTo(CHUNKED, "0\r\n", "X: y\r\n".repeat(5000)), 400, "too long");
  }

  @ParameterizedTest
  @ValueSource(strings = {"5\r\nhel", "5\r\nhello", "5", "", "0\r\n", "7fffffffffffff\r\nhello"})
  void aBodyThatEndsTooEarlyIsRefused(String body) throws IOException {
    try (Peer peer = connect()) {
      send(peer, CHUNKED + body);
      peer.closeOutput();
      assertOneAnswer(readAll(peer), 400, "unexpected EOF");
    }
  }

  @Test
  void soIsOneThatIsShorterThanAnnounced() throws IOException {
    try (Peer peer = connect()) {
      send(peer, "POST /count HTTP/1.1\r\nHost: d\r\nContent-Length: 10\r\n\r\nhel");
      peer.closeOutput();
      assertOneAnswer(readAll(peer), 400, "unexpected EOF");
    }
  }

  /// A chunked body, its length: the next request begins where it ends.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "5~hello~0~~ | 5",
        "A~0123456789~a~0123456789~000~~ | 20",
        "005;a=b;c~hello~1 ;d~x~0;e~X-A: b~X-C: d~~ | 6",
        "0~~ | 0",
      })
  void theEndOfAChunkedBodyIsExact(String body, String length) throws IOException {
    for (String first : List.of("/count", "/ignore")) {
      String request = CHUNKED.replace("/count", first) + body.replace("~", "\r\n");
      String answers = answerTo(request + request + LAST);
      String said = "\r\n\r\n" + (first.equals("/count") ? length : "ignored");
      assertThat(answers).endsWith("hello").doesNotContain("400");
      assertThat(answers.split(said, -1)).hasSize(3);
    }
  }

  @Test
  void requestsMayComeByteByByte() throws IOException {
    try (Peer peer = connect()) {
      for (char c : (CHUNKED + "5;a\r\nhello\r\n0\r\n\r\n" + LAST).toCharArray()) {
        send(peer, String.valueOf(c));
      }
      assertThat(readAll(peer)).contains("\r\n\r\n5").endsWith("hello");
    }
  }

  /// Were a chunk read whole, this would take two gigabytes, and the answer would not come.
  @Test
  void aChunkIsStreamedWhateverItsSize() throws IOException {
    try (Peer peer = connect()) {
      send(peer, CHUNKED.replace("/count", "/first") + "7fffffff\r\nx");
      assertThat(seen()).isEqualTo("x");
      String more = "y".repeat(1 << 20);
      for (int i = 0; i < 20; i++) {
        send(peer, more);
      }
      peer.closeOutput();
      assertThat(readAll(peer)).startsWith("HTTP/1.1 200 ").endsWith("first");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatAHandlerLeavesIsReadUpToABound(boolean chunked) throws IOException {
    for (int length : new int[] {100_000, 10_000_000}) {
      String body = "x".repeat(length);
      String request =
          chunked
              ? CHUNKED + Integer.toHexString(length) + "\r\n" + body + "\r\n0\r\n\r\n"
              : "POST /count HTTP/1.1\r\nHost: d\r\nContent-Length: " + length + "\r\n\r\n" + body;
      String answer = answerTo(request.replace("/count", "/ignore"), LAST);
      assertThat(answer).contains("\r\n\r\nignored");
      assertThat(answer.endsWith("hello")).isEqualTo(length == 100_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Transfer-Encoding: chunked", "Content-Length: 5"})
  void whoAsksBeforeSendingIsTold(String framing) throws IOException {
    String head = "POST /count HTTP/1.1\r\nHost: d\r\nExpect: 100-continue\r\n" + framing;
    try (Peer peer = connect()) {
      send(peer, head + "\r\n\r\n");
      String go = "HTTP/1.1 100 Continue\r\n\r\n";
      assertThat(new String(peer.in().readNBytes(go.length()), StandardCharsets.US_ASCII))
          .isEqualTo(go);
      send(peer, framing.contains("chunked") ? "5\r\n12345\r\n0\r\n\r\n" : "12345");
      send(peer, LAST);
      assertThat(readAll(peer)).contains("\r\n\r\n5").endsWith("hello");
    }
    try (Peer peer = connect()) {
      send(peer, head.replace("/count", "/ignore") + "\r\n\r\n");
      peer.closeOutput();
      assertThat(readAll(peer)).startsWith("HTTP/1.1 200 ").endsWith("ignored");
    }
  }

  @Test
  void headsAreBoundedAndTheRefusalCanBeRead() throws IOException {
    String much = "x".repeat(4 << 20);
    assertOneAnswer(answerTo("GET /" + much, " HTTP/1.1\r\n\r\n"), 431, "exceeds 1048576");
    assertOneAnswer(answerTo("GET /plain HTTP/1.1\r\nX: " + much), 431, "exceeds 1048576");
    assertOneAnswer(
        answerTo("GET /plain HTTP/1.1\r\n" + "X: y\r\n".repeat(2000) + "\r\n"), 431, "1000");
    assertThat(answerTo(LAST.replace("Host: d", "X: " + "x".repeat(1_000_000)))).endsWith("hello");
  }

  /// A body, what is said about it.
  @Test
  void jsonIsBounded() throws IOException {
    record Row(String body, String message) {}
    for (Row row :
        List.of(
            new Row("{\"a\":\"" + "x".repeat(9 << 20) + "\"}", "exceeds 8388608 bytes"),
            new Row("{\"a\":" + "[".repeat(100_000), "nesting depth"),
            new Row("{\"a\":" + "9".repeat(100_000) + "}", "Number value length"),
            new Row("{\"" + "a".repeat(100_000) + "\":1}", "Name length"))) {
      String answer =
          answerTo(
              "POST /json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n"
                  + "Content-Type: application/json\r\nContent-Length: "
                  + row.body().length()
                  + "\r\n\r\n",
              row.body());
      assertOneAnswer(answer, 400, row.message());
    }
  }

  @Test
  void aCrowdThatSaysHalfDoesNotStopOthers() throws IOException {
    List<Peer> crowd = new ArrayList<>();
    for (int i = 0; i < crowd(); i++) {
      Peer peer = connect();
      send(peer, i % 2 == 0 ? "GET /plain HTTP/1.1\r\nHo" : CHUNKED + "5\r\nhe");
      crowd.add(peer);
    }
    assertThat(get("/plain")).endsWith("hello");
    send(crowd.getFirst(), "st: d\r\nConnection: close\r\n\r\n");
    assertThat(readAll(crowd.getFirst())).endsWith("hello");
    for (Peer peer : crowd) {
      peer.close();
    }
    assertThat(get("/plain")).endsWith("hello");
  }
}
