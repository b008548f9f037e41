package graft.cli.ui;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.system.Logins;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/// Serves the page on a loopback port, and passes its requests on to the engine.
///
/// Any web site and any user of this machine can send requests to such a port. So each one has to
/// name this host (a name that a stranger has pointed here is refused), to come from this page if
/// it says where it comes from, and to carry a key in a header, which no browser sends by itself:
/// there is no cookie, which would go to every other port of this host as well. The JDK's own
/// server is enough for one person's browser.
final class Gateway implements AutoCloseable {
  private static final int MOST_BODY = 64 * 1024;
  private static final int MOST_TOKEN = 256;
  private static final String JSON = "application/json";
  private static final String OUTDATED = "/graft/v1/lineage/outdated";

  /// All that a page of ours needs comes from here; scripts and styles are files, never text in it.
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy", POLICY,
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Cache-Control", "no-store");

  private final HttpServer server;
  private final ExecutorService threads;
  private final Engine engine;
  private final Keys keys = new Keys();
  private final Consumer<String> used;
  private final String base;
  private final Set<String> hosts;
  private final String link;

  private Gateway(
      HttpServer server, ExecutorService threads, Engine engine, Consumer<String> used) {
    this.server = server;
    this.threads = threads;
    this.engine = engine;
    this.used = used;
    String port = ":" + server.getAddress().getPort();
    String host = name(server.getAddress().getAddress()) + port;
    this.base = "http://" + host + "/";
    this.hosts = new TreeSet<>(List.of(host, "localhost" + port));
    this.link = newLink();
  }

  /// @param used is told the next link when one was used
  static Gateway start(InetSocketAddress address, Engine engine, Consumer<String> used)
      throws IOException {
    HttpServer server;
    try {
      server = HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on "
              + name(address.getAddress())
              + ":"
              + address.getPort()
              + ": "
              + e.getMessage()
              + "; give another --listen",
          e);
    }
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    Gateway gateway = new Gateway(server, threads, engine, used);
    server.setExecutor(threads);
    server.createContext("/", gateway::serve);
    server.start();
    return gateway;
  }

  private static String name(InetAddress address) {
    // As browsers write it in the header Host.
    return address instanceof Inet6Address ? "[::1]" : address.getHostAddress();
  }

  /// The first link, which works once.
  String link() {
    return link;
  }

  /// The token is in the fragment, which browsers send to nobody.
  private String newLink() {
    return base + "#token=" + keys.newToken();
  }

  private void serve(HttpExchange x) throws IOException {
    try (x) {
      HEADERS.forEach(x.getResponseHeaders()::set);
      try {
        answer(x);
      } catch (Refusal e) {
        error(x, e.status, String.valueOf(e.getMessage()));
      } catch (ApiException e) {
        error(x, e.status(), e.text());
      }
    }
  }

  /// What this gateway says no to itself.
  private static final class Refusal extends IOException {
    private final int status;

    Refusal(int status, String message) {
      super(message);
      this.status = status;
    }
  }

  private void answer(HttpExchange x) throws IOException {
    String method = x.getRequestMethod();
    String path = x.getRequestURI().getRawPath();
    requireThisHost(x.getRequestHeaders());
    Optional<String> file = Passage.file(method, path);
    if (file.isPresent()) {
      pass(x, "GET", file.get(), Body.NONE);
      return;
    }
    requireThisPage(method, x.getRequestHeaders());
    if (method.equals("POST") && path.equals("/session")) {
      session(x);
      return;
    }
    requireKey(x.getRequestHeaders());
    if (method.equals("GET") && path.equals("/changes")) {
      changes(x);
      return;
    }
    String request =
        Passage.request(method, path, x.getRequestURI().getRawQuery())
            .orElseThrow(() -> new Refusal(403, "the page may not " + method + " " + path));
    boolean says = method.equals("POST") || method.equals("PUT");
    pass(x, method, request, says ? body(x) : Body.NONE);
  }

  // ---- who may

  private void requireThisHost(Headers headers) throws Refusal {
    List<String> named = headers.getOrDefault("Host", List.of());
    if (named.size() != 1 || !hosts.contains(named.getFirst())) {
      throw new Refusal(403, "this is not the host that was asked for; use the link as printed");
    }
  }

  /// Browsers say where a request comes from that changes something, and the newer ones always.
  private void requireThisPage(String method, Headers headers) throws Refusal {
    String own = "http://" + headers.getFirst("Host");
    List<String> origins = headers.getOrDefault("Origin", List.of());
    boolean foreign = origins.stream().anyMatch(o -> !o.equals(own));
    boolean silent = origins.isEmpty() && !method.equals("GET");
    String site = headers.getFirst("Sec-Fetch-Site");
    if (foreign || silent || (site != null && !site.equals("same-origin"))) {
      throw new Refusal(403, "only the page itself may ask for this");
    }
  }

  private void requireKey(Headers headers) throws Refusal {
    String given = headers.getFirst("Authorization");
    if (given == null || !given.startsWith("Bearer ") || !keys.admits(given.substring(7))) {
      throw new Refusal(401, "this browser has no key; use the link that graft ui printed last");
    }
  }

  private void session(HttpExchange x) throws IOException {
    String token = new String(x.getRequestBody().readNBytes(MOST_TOKEN), StandardCharsets.US_ASCII);
    String key =
        keys.exchange(token)
            .orElseThrow(() ->
                new Refusal(
                    401, "this link was used or is of another run; graft ui printed a new one"));
    used.accept(newLink());
    send(x, 200, JSON, Json.of(Map.of("key", key)).write());
  }

  // ---- what goes through

  private static Body body(HttpExchange x) throws IOException {
    byte[] bytes = x.getRequestBody().readNBytes(MOST_BODY + 1);
    if (bytes.length > MOST_BODY) {
      throw new Refusal(413, "the request is longer than " + MOST_BODY + " bytes");
    }
    return bytes.length == 0 ? Body.NONE : new Body(JSON, bytes.length, out -> out.write(bytes));
  }

  /// What the engine answers, as it comes. A roll-out goes on without its watcher: it is read to
  /// its end even if the browser leaves.
  private void pass(HttpExchange x, String method, String request, Body body) throws IOException {
    try (Reply reply = send(method, request, body)) {
      String type = reply.headers().getOrDefault("content-type", JSON);
      x.getResponseHeaders().set("Content-Type", type);
      // No body follows 204, and the server insists on being told.
      x.sendResponseHeaders(reply.status(), reply.status() == 204 ? -1 : 0);
      OutputStream out = x.getResponseBody();
      InputStream in = reply.body();
      byte[] bytes = new byte[16 * 1024];
      boolean watched = true;
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        watched = watched && written(out, bytes, count);
        if (!watched && method.equals("GET")) {
          return;
        }
      }
      if (watched) {
        out.close();
      }
    }
  }

  private Reply send(String method, String request, Body body) throws IOException {
    try {
      // As the command asks: with the logins of whoever runs it, which the page never sees.
      Map<String, String> headers =
          request.equals(OUTDATED) ? Logins.headerOfAll(engine) : Map.of();
      return engine.send(method, request, headers, body);
    } catch (ApiException e) {
      throw e;
    } catch (IOException e) {
      throw new Refusal(502, "the engine does not answer: " + e.getMessage());
    }
  }

  private static boolean written(OutputStream out, byte[] bytes, int count) {
    try {
      out.write(bytes, 0, count);
      out.flush();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /// A line `image` or `container` whenever something happened to one. More of the engine's events
  /// the page does not need, so it does not get it.
  private void changes(HttpExchange x) throws IOException {
    String filters = Json.of(Map.of("type", List.of("image", "container"))).write();
    try (Reply reply = send("GET", "/events" + Engine.query("filters", filters), Body.NONE)) {
      x.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      x.sendResponseHeaders(200, 0);
      new Changes(reply, x.getResponseBody()).tell();
    }
  }

  private static void error(HttpExchange x, int status, String message) throws IOException {
    if (x.getResponseCode() < 0) {
      send(x, status, JSON, Json.of(Map.of("message", message)).write());
    }
  }

  private static void send(HttpExchange x, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    x.getResponseHeaders().set("Content-Type", type);
    x.sendResponseHeaders(status, bytes.length);
    x.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
