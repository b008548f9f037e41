package graft.docker.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.json.Fields;
import graft.docker.json.Filters;
import graft.docker.json.GoJson;
import graft.error.GraftException;
import graft.oci.Json;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One request and its answer. Exactly one of the answering methods is called; a handler that
/// throws before it did is answered with the error.
public final class Exchange {
  private static final int MAX_JSON = 8 * 1024 * 1024;
  private static final int USUAL_JSON = 64 * 1024;

  /// How many bodies beyond the usual are held at once, so that slow clients do not add up.
  private static final Semaphore LARGE_JSON = new Semaphore(16);

  /// What a handler leaves of a body is read before the answer if it is no more than this, as Go's
  /// servers do; then the connection goes on.
  private static final int MOST_LEFT = 256 * 1024;

  private static final String RAW = "application/vnd.docker.raw-stream";
  private static final String MULTIPLEXED = "application/vnd.docker.multiplexed-stream";

  private final ServerRequest request;
  private final ServerResponse response;
  private final String path;
  private final Map<String, String> parameters;
  private final ApiVersion version;
  private @Nullable InputStream body;
  private final List<String> narrowed = new ArrayList<>();
  private final List<UnaryOperator<ObjectNode>> changes = new ArrayList<>();
  private boolean answered;
  private boolean last;

  Exchange(
      ServerRequest request,
      ServerResponse response,
      String path,
      Map<String, String> parameters,
      ApiVersion version) {
    this.request = request;
    this.response = response;
    this.path = path;
    this.parameters = parameters;
    this.version = version;
  }

  // ---- the request

  public ApiVersion version() {
    return version;
  }

  /// Without the version prefix.
  public String path() {
    return path;
  }

  /// A part of the path by its name in the route's pattern.
  public String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }

  /// The first value of a query parameter, or empty.
  public String query(String name) {
    List<String> all = queries(name);
    return all.isEmpty() ? "" : all.getFirst();
  }

  public boolean hasQuery(String name) {
    return request.query().contains(name);
  }

  public List<String> queries(String name) {
    List<String> all = request.query().contains(name) ? request.query().all(name) : List.of();
    if (narrowed.isEmpty() || !name.equals("filters")) {
      return all;
    }
    Filters filters = Filters.parse(all.isEmpty() ? "" : all.getFirst());
    for (String label : narrowed) {
      filters = filters.with("label", label);
    }
    return List.of(filters.toJson());
  }

  /// For a guard: only what has this label is meant, `key=value`, besides what the client asks for.
  public void narrow(String label) {
    narrowed.add(label);
  }

  /// For a guard: what the body becomes when it is read as JSON.
  public void change(UnaryOperator<ObjectNode> change) {
    changes.add(change);
  }

  private ObjectNode changed(ObjectNode body) {
    ObjectNode all = body;
    for (UnaryOperator<ObjectNode> change : changes) {
      all = change.apply(all);
    }
    return all;
  }

  /// Booleans as the API reads them: empty, 0, no, false and none are false, all else is true.
  public boolean flag(String name) {
    return isTrue(query(name));
  }

  /// The same with a value for a parameter that is not there.
  public boolean flag(String name, boolean otherwise) {
    return hasQuery(name) ? isTrue(query(name)) : otherwise;
  }

  private static boolean isTrue(String value) {
    return switch (value.strip().toLowerCase(Locale.ROOT)) {
      case "", "0", "no", "false", "none" -> false;
      default -> true;
    };
  }

  public Optional<String> header(String name) {
    return request.headers().first(HeaderNames.create(name));
  }

  /// All values of a header, in order.
  public List<String> headers(String name) {
    return request.headers().values(HeaderNames.create(name));
  }

  public boolean hasBody() {
    return request.content().hasEntity();
  }

  /// The body as it comes; the same stream at each call.
  public InputStream body() {
    InputStream in = body;
    if (in == null) {
      in = Input.CURRENT.get().body(request);
      body = in;
    }
    return in;
  }

  /// The body as a JSON object, refused in Docker's words.
  public ObjectNode json() throws IOException {
    byte[] bytes = jsonBytes();
    if (bytes.length == 0) {
      throw GraftException.invalid("invalid JSON: got EOF while reading request body");
    }
    String type = header("Content-Type").orElse("");
    int semicolon = type.indexOf(';');
    String media = (semicolon < 0 ? type : type.substring(0, semicolon)).strip();
    if (media.isEmpty()) {
      throw GraftException.invalid("malformed Content-Type header (): mime: no media type");
    }
    if (!media.equals("application/json")) {
      throw GraftException.invalid(
          "unsupported Content-Type header (" + type + "): must be 'application/json'");
    }
    try (JsonParser parser = Json.MAPPER.createParser(bytes)) {
      JsonNode node = parser.readValueAsTree();
      requireEnd(parser);
      if (node instanceof ObjectNode object) {
        return changed(object);
      }
      if (node.isNull()) {
        return changed(Json.MAPPER.createObjectNode());
      }
      throw GraftException.invalid(
          "invalid JSON: json: cannot unmarshal " + Fields.kind(node) + " into an object");
    } catch (JsonProcessingException e) {
      throw GraftException.invalid(invalidJson(bytes, e));
    }
  }

  private byte[] jsonBytes() throws IOException {
    byte[] first = body().readNBytes(USUAL_JSON);
    if (first.length < USUAL_JSON) {
      return first;
    }
    if (!LARGE_JSON.tryAcquire()) {
      throw new GraftException(
          GraftException.Kind.UNAVAILABLE,
          "too many requests with large bodies at once; try again",
          null);
    }
    try {
      byte[] more = body().readNBytes(MAX_JSON - USUAL_JSON + 1);
      if (first.length + more.length > MAX_JSON) {
        throw GraftException.invalid("the request body exceeds " + MAX_JSON + " bytes");
      }
      byte[] all = Arrays.copyOf(first, first.length + more.length);
      System.arraycopy(more, 0, all, first.length, more.length);
      return all;
    } finally {
      LARGE_JSON.release();
    }
  }

  private static void requireEnd(JsonParser parser) throws IOException {
    boolean more;
    try {
      more = parser.nextToken() != null;
    } catch (JsonProcessingException e) {
      more = true;
    }
    if (more) {
      throw GraftException.invalid("unexpected content after JSON");
    }
  }

  /// The same, where no body means `{}`.
  public ObjectNode jsonOrEmpty() throws IOException {
    if (!hasBody()) {
      return changed(Json.MAPPER.createObjectNode());
    }
    return json();
  }

  /// As Go's decoder puts the commonest mistakes.
  private static String invalidJson(byte[] bytes, JsonProcessingException e) {
    long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
    int i = (int) Math.max(0, Math.min(at, bytes.length - 1L));
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (e instanceof StreamConstraintsException) {
      return "invalid JSON: " + e.getOriginalMessage();
    }
    if (e instanceof com.fasterxml.jackson.core.io.JsonEOFException) {
      return "invalid JSON: unexpected EOF";
    }
    if (text.strip().startsWith("{") && text.strip().length() > 1) {
      char c = text.strip().charAt(1);
      if (c != '"' && c != '}') {
        return "invalid JSON: invalid character '"
            + c
            + "' looking for beginning of object key string";
      }
    }
    return "invalid JSON: invalid character '" + (char) bytes[i] + "'";
  }

  // ---- answers

  /// True once an answer has begun: errors can only be told in the stream.
  public boolean answered() {
    return answered;
  }

  /// True if the connection ends with this answer.
  boolean last() {
    return last;
  }

  @Nullable String brokenBody() {
    return Input.CURRENT.get().broken();
  }

  private ServerResponse begin(int status) throws IOException {
    requireUnanswered();
    if (!readRest()) {
      response.header(HeaderValues.CONNECTION_CLOSE);
      last = true;
    }
    answered = true;
    return response.status(status);
  }

  private void requireUnanswered() {
    if (answered) {
      throw new IllegalStateException("answered twice: " + path);
    }
  }

  /// Reads what the client still sends, unless that may take long; then it is told that nothing can
  /// follow.
  private boolean readRest() throws IOException {
    Input input = Input.CURRENT.get();
    if (!hasBody()) {
      return true;
    }
    if (input.broken() == null && !input.held(request)) {
      byte[] rest = new byte[4 * 1024];
      int read = 0;
      for (int n = 0; n >= 0; n = body().read(rest)) {
        read += n;
        if (read > MOST_LEFT) {
          input.connection().leaveUnread();
          return false;
        }
      }
      return true;
    }
    input.connection().leaveUnread();
    return false;
  }

  public void json(int status, JsonNode node) throws IOException {
    bytes(status, "application/json", GoJson.bytes(node, "\n"));
  }

  public void text(int status, String text) throws IOException {
    bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  public void bytes(int status, String type, byte[] bytes) throws IOException {
    ServerResponse r = begin(status).header("Content-Type", type);
    if (isHead()) {
      r.header("Content-Length", Integer.toString(bytes.length));
      r.send();
    } else {
      r.send(bytes);
    }
  }

  private boolean isHead() {
    return request.prologue().method().text().equals("HEAD");
  }

  /// A status and headers, no body: 201, 204, 304, HEAD.
  public void empty(int status) throws IOException {
    begin(status).send();
  }

  public Exchange withHeader(String name, String value) {
    response.header(name, value);
    return this;
  }

  public void error(int status, String message) throws IOException {
    if (status == 304) {
      empty(304);
      return;
    }
    ObjectNode body = Json.MAPPER.createObjectNode();
    body.put("message", message);
    json(status, body);
  }

  /// A chunked answer whose head goes out at once. The client's going away is an IOException at the
  /// next write, or the end of [Stream#gone].
  public Stream stream(String contentType) throws IOException {
    Connection connection = take();
    readRest();
    answered = true;
    StringBuilder head = new StringBuilder("HTTP/1.1 200 OK\r\n");
    head.append("Api-Version: ").append(ApiVersion.NEWEST).append("\r\n");
    head.append("Content-Type: ").append(contentType).append("\r\n");
    response
        .headers()
        .forEach(h -> {
          if (h.name().startsWith("X-") || h.name().equalsIgnoreCase("Content-Encoding")) {
            head.append(h.name()).append(": ").append(h.get()).append("\r\n");
          }
        });
    head.append("Docker-Experimental: false\r\nOstype: linux\r\nServer: ");
    head.append(HttpServer.SERVER).append("\r\nConnection: close\r\n");
    head.append("Transfer-Encoding: chunked\r\n\r\n");
    connection.head(head.toString());
    return new Stream(connection.in(), connection.chunked());
  }

  /// The connection itself, for streams in both directions: 101 where the client asks for an
  /// upgrade, else 200 and raw bytes.
  ///
  /// @param multiplexed the output is framed: shows in the content type from API 1.42 on
  /// @param head whether the head names versions: dockerd's does for execs, not for containers
  public Stream hijack(boolean multiplexed, Head head) throws IOException {
    boolean upgrade = header("Upgrade").isPresent();
    Connection connection = take();
    if (!readRest()) {
      throw GraftException.invalid("the request's body is too large for a request to attach");
    }
    answered = true;
    String versions =
        head == Head.BARE
            ? ""
            : "\r\nApi-Version: "
                + ApiVersion.NEWEST
                + "\r\nDocker-Experimental: false\r\nOstype: linux\r\nServer: "
                + HttpServer.SERVER;
    if (upgrade) {
      String type = multiplexed && version.atLeast(42) ? MULTIPLEXED : RAW;
      connection.head(
          "HTTP/1.1 101 UPGRADED\r\nContent-Type: "
              + type
              + versions
              + "\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    } else {
      connection.head("HTTP/1.1 200 OK\r\nContent-Type: " + RAW + versions + "\r\n\r\n");
    }
    return new Stream(connection.in(), connection.out());
  }

  /// The connection itself, for another protocol that the client asked for; INVALID if it did not.
  public Stream upgrade(String protocol) throws IOException {
    if (!header("Upgrade").orElse("").equals(protocol)) {
      throw GraftException.invalid("no upgrade header: expected Upgrade: " + protocol);
    }
    Connection connection = take();
    if (!readRest()) {
      throw GraftException.invalid("the request's body is too large for a request to upgrade");
    }
    answered = true;
    connection.head(
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\n");
    return new Stream(connection.in(), connection.out());
  }

  /// The connection as a WebSocket; INVALID if the client did not ask for one. Closing the stream's
  /// output tells the client that all was said.
  ///
  /// @param binary what is written goes in binary messages, else in those of text
  public Stream webSocket(boolean binary) throws IOException {
    String accept =
        WebSocket.accept(
            header("Upgrade"),
            header("Connection"),
            header("Sec-WebSocket-Version"),
            header("Sec-WebSocket-Key"));
    Connection connection = take();
    answered = true;
    connection.head(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: "
            + accept
            + "\r\n\r\n");
    WebSocket socket = new WebSocket(connection.in(), connection.out(), binary);
    return new Stream(socket.in(), socket.out());
  }

  /// What stands in the head of a taken connection.
  public enum Head {
    BARE,
    VERSIONS
  }

  /// An error of a request that wanted to hijack: plain text with the real status.
  public void hijackError(int status, String message) throws IOException {
    for (String name : HttpServer.VERSION_HEADERS) {
      response.headers().remove(HeaderNames.create(name));
    }
    bytes(status, RAW, (message + "\r\n").getBytes(StandardCharsets.UTF_8));
  }

  private Connection take() throws IOException {
    requireUnanswered();
    last = true;
    return Input.CURRENT.get().connection();
  }

  /// Both directions of a connection that was taken over. It is closed when the handler returns.
  public record Stream(InputStream in, OutputStream out) {
    /// Runs `then` when the client has gone, which is noticed even while nothing is written.
    public void whenGone(Runnable then) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              // A client has nothing to say here; only its leaving matters.
              in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException | RuntimeException e) {
              // Gone as well.
            } finally {
              then.run();
            }
          });
    }
  }
}
