package graft.docker.hook;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import graft.error.GraftException;
import graft.oci.Json;
import graft.rollout.Pushed;
import graft.tls.Mutual;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/// A TCP port at which registries tell of pushes, and nothing else: they cannot reach a unix
/// socket, and none of them has a client certificate. It speaks TLS if there is a certificate, else
/// plain HTTP, for loopback, a private network, or behind a proxy that speaks TLS.
///
/// Whoever calls has to know a secret: as a token in `Authorization`, with or without `Bearer`, as
/// a signature in `X-Hub-Signature-256`, or, for Docker Hub, which can send neither, as `?token=`.
/// Strangers are counted, too, so that guesses are few.
public final class HookListener implements AutoCloseable {
  private static final int AT_ONCE = 8;
  private static final String PATH = "/webhook";

  private final HttpServer server;
  private final ExecutorService threads;
  private final Supplier<Secret> secret;
  private final Function<List<Pushed>, List<String>> follows;
  private final Consumer<String> troubles;
  private final Rate rate = new Rate(System::nanoTime);

  /// Bodies that are held at a time.
  private final Semaphore room = new Semaphore(AT_ONCE);

  private HookListener(
      HttpServer server,
      ExecutorService threads,
      Supplier<Secret> secret,
      Function<List<Pushed>, List<String>> follows,
      Consumer<String> troubles) {
    this.server = server;
    this.threads = threads;
    this.secret = secret;
    this.follows = follows;
    this.troubles = troubles;
  }

  /// @param tls empty for plain HTTP
  /// @param secret asked for each notice, so that it can be changed; INVALID if it cannot be had
  /// @param follows is told of pushes, and says the names that are asked for
  /// @param troubles is told, in one line, of what is wrong here
  public static HookListener start(
      InetSocketAddress address,
      Optional<SSLContext> tls,
      Supplier<Secret> secret,
      Function<List<Pushed>, List<String>> follows,
      Consumer<String> troubles)
      throws IOException {
    limits();
    HttpServer server;
    try {
      server = tls.isPresent() ? over(tls.get(), address) : HttpServer.create(address, 0);
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "cannot listen on " + address + ": " + e.getMessage() + "; give another --webhook-listen",
          e);
    }
    ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    HookListener listener = new HookListener(server, threads, secret, follows, troubles);
    server.setExecutor(threads);
    server.createContext("/", listener::serve);
    server.start();
    return listener;
  }

  private static HttpServer over(SSLContext tls, InetSocketAddress address) throws IOException {
    HttpsServer server = HttpsServer.create(address, 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters all = tls.getDefaultSSLParameters();
            all.setProtocols(Mutual.PROTOCOLS.toArray(String[]::new));
            parameters.setSSLParameters(all);
          }
        });
    return server;
  }

  /// The JDK's server is told only so; nothing else in an engine uses it. Without them a client may
  /// take as long as it likes, as many times as it likes.
  private static void limits() {
    System.setProperty("sun.net.httpserver.maxReqTime", "20");
    System.setProperty("sun.net.httpserver.maxRspTime", "20");
    System.setProperty("sun.net.httpserver.idleInterval", "10");
    System.setProperty("jdk.httpserver.maxConnections", "64");
  }

  public String url() {
    InetSocketAddress at = server.getAddress();
    String host = at.getAddress().getHostAddress();
    return (server instanceof HttpsServer ? "https://" : "http://")
        + (at.getAddress() instanceof Inet6Address ? "[" + host + "]" : host)
        + ":"
        + at.getPort()
        + PATH;
  }

  private void serve(HttpExchange x) throws IOException {
    try (x) {
      int status;
      String text;
      if (!rate.admits()) {
        status = 429;
        text = message("too many notices; try again later");
        x.getResponseHeaders().set("Retry-After", "10");
      } else if (!x.getRequestURI().getPath().equals(PATH)) {
        status = 404;
        text = message("registries tell of pushes at " + PATH);
      } else if (!x.getRequestMethod().equals("POST")) {
        status = 405;
        text = message("POST is what a registry does");
        x.getResponseHeaders().set("Allow", "POST");
      } else if (!room.tryAcquire()) {
        status = 503;
        text = message("too many notices at once; try again");
      } else {
        try {
          text = heard(x);
          status = 202;
        } catch (GraftException e) {
          status =
              switch (e.kind()) {
                case UNAUTHORIZED -> 401;
                case UNAVAILABLE -> 503;
                default -> 400;
              };
          text = message(e.text());
        } finally {
          room.release();
        }
      }
      send(x, status, text);
    }
  }

  private String heard(HttpExchange x) throws IOException {
    byte[] body = x.getRequestBody().readNBytes(Notice.MOST_BYTES + 1);
    if (!knows(x, body, current())) {
      throw new GraftException(
          GraftException.Kind.UNAUTHORIZED,
          "whoever tells of pushes has to know the secret: as the token in Authorization or token=,"
              + " or by the signature in X-Hub-Signature-256");
    }
    return Json.MAPPER
        .createObjectNode()
        .set("asked", Json.MAPPER.valueToTree(follows.apply(Notice.read(body))))
        .toString();
  }

  /// What is wrong with its file is for the administrator to know, not for whoever calls.
  private Secret current() {
    try {
      return secret.get();
    } catch (GraftException e) {
      troubles.accept(e.text());
      throw new GraftException(
          GraftException.Kind.UNAVAILABLE, "the secret of this engine cannot be read now", e);
    }
  }

  private static boolean knows(HttpExchange x, byte[] body, Secret secret) {
    Headers headers = x.getRequestHeaders();
    String signature = headers.getFirst("X-Hub-Signature-256");
    if (signature != null) {
      return secret.signed(body, signature);
    }
    String authorization = headers.getFirst("Authorization");
    if (authorization != null) {
      String token = authorization.strip();
      return secret.is(token.startsWith("Bearer ") ? token.substring(7).strip() : token);
    }
    return token(x.getRequestURI().getRawQuery()).filter(secret::is).isPresent();
  }

  private static Optional<String> token(@Nullable String query) {
    if (query == null) {
      return Optional.empty();
    }
    for (String one : query.split("&", -1)) {
      if (one.startsWith("token=")) {
        try {
          return Optional.of(URLDecoder.decode(one.substring(6), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static String message(String text) {
    return Json.MAPPER.createObjectNode().put("message", text).toString();
  }

  private static void send(HttpExchange x, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    x.getResponseHeaders().set("Content-Type", "application/json");
    // Nothing more is read of a body that was too long or not wanted.
    x.getResponseHeaders().set("Connection", "close");
    x.sendResponseHeaders(status, bytes.length);
    try (OutputStream out = x.getResponseBody()) {
      out.write(bytes);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
