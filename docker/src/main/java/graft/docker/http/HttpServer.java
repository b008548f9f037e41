package graft.docker.http;

import graft.error.GraftException;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves a [Router] on unix sockets. Handlers block; each connection has a virtual thread.
public final class HttpServer implements AutoCloseable {
  public static final String SERVER = "Docker/28.5.2 (linux)";

  /// What tells the API and its version, on every answer but those of paths nobody knows.
  static final List<String> VERSION_HEADERS =
      List.of("Api-Version", "Ostype", "Docker-Experimental");

  /// Graft's own command says in it which build it is, and is told which one this is, and its
  /// process; other clients see nothing of it.
  public static final String BUILD_HEADER = "X-Graft-Build";

  private static final Pattern VERSIONED = Pattern.compile("/v([0-9.]+)(/.*)");

  private final Listener listener;
  private final SocketFile socket;

  private HttpServer(Listener listener, SocketFile socket) {
    this.listener = listener;
    this.socket = socket;
  }

  /// The same without a guard.
  public static HttpServer start(
      Path socket, Access access, Router router, Consumer<String> troubles) throws IOException {
    return start(socket, access, router, Guard.NONE, troubles);
  }

  /// Listens on a unix socket.
  ///
  /// @param guard of this socket
  /// @param troubles is told, in one line and seldom, what keeps clients out
  public static HttpServer start(
      Path socket, Access access, Router router, Guard guard, Consumer<String> troubles)
      throws IOException {
    SocketFile file = SocketFile.prepare(socket, access);
    Listener listener =
        Listener.start(
            file.unfinished(),
            (request, response) -> serve(router, guard, request, response),
            troubles);
    try {
      file.publish();
    } catch (IOException | RuntimeException e) {
      listener.close();
      Files.deleteIfExists(file.unfinished());
      throw e;
    }
    return new HttpServer(listener, file);
  }

  private static void serve(
      Router router, Guard guard, ServerRequest request, ServerResponse response) {
    response.header(HeaderNames.SERVER.defaultCase(), SERVER);
    if (request.headers().contains(HeaderNames.create(BUILD_HEADER))) {
      String build = System.getProperty("graft.build", "");
      response.header(BUILD_HEADER, build + " " + ProcessHandle.current().pid());
    }
    boolean over;
    try {
      over = dispatch(router, guard, request, response);
    } catch (IOException e) {
      // The client has gone; there is nobody to answer.
      throw new CloseConnectionException("the client has gone", e);
    }
    if (over || request.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
      throw new CloseConnectionException("the exchange has ended");
    }
  }

  /// Answers, whatever happens; true if nothing can follow on this connection.
  private static boolean dispatch(
      Router router, Guard guard, ServerRequest request, ServerResponse response)
      throws IOException {
    String path = request.prologue().uriPath().rawPath();
    Exchange exchange = new Exchange(request, response, path, Map.of(), ApiVersion.NEWEST);
    try {
      path = clean(path);
      String version = ApiVersion.NEWEST.toString();
      Matcher versioned = VERSIONED.matcher(path);
      if (versioned.matches()) {
        version = versioned.group(1);
        path = versioned.group(2);
      }
      Optional<Router.Match> match = router.find(request.prologue().method().text(), path);
      if (match.isEmpty()) {
        exchange.error(404, "page not found");
        return false;
      }
      response.header("Api-Version", ApiVersion.NEWEST.toString());
      response.header("Ostype", "linux");
      if (refused(exchange, response, version)) {
        return false;
      }
      response.header("Docker-Experimental", "false");
      exchange =
          new Exchange(
              request, response, path, match.get().parameters(), ApiVersion.parse(version));
      guard.admit(request.prologue().method().text(), exchange);
      match.get().handler().handle(exchange);
      if (!exchange.answered()) {
        exchange.error(500, "no answer was given to " + path);
      }
    } catch (GraftException e) {
      answer(exchange, ErrorStatus.of(e.kind()), e.text());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer(exchange, 503, "the engine is shutting down");
    } catch (IOException | RuntimeException | Error e) {
      // An error as well: of one request, which must not be what the others end with.
      answer(exchange, 500, message(e));
    }
    return exchange.last();
  }

  private static void answer(Exchange exchange, int status, String message) throws IOException {
    if (!exchange.answered()) {
      // Whatever the handler made of it, a body that breaks the rules is the client's mistake.
      String broken = exchange.brokenBody();
      exchange.error(broken == null ? status : 400, broken == null ? message : broken);
    }
  }

  private static String message(Throwable e) {
    String text = e.getMessage();
    return text == null || text.isBlank() ? e.getClass().getSimpleName() : text;
  }

  /// Decodes `%2F` and the like and folds `//`: Docker answers with a redirect, which clients
  /// follow to the same place.
  private static String clean(String raw) {
    String path = raw;
    if (path.indexOf('%') >= 0) {
      try {
        path = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        throw new GraftException(
            GraftException.Kind.INVALID, "the path " + raw + " has a broken % escape", e);
      }
    }
    while (path.contains("//")) {
      path = path.replace("//", "/");
    }
    return path;
  }

  private static boolean refused(Exchange exchange, ServerResponse response, String text)
      throws IOException {
    ApiVersion version = ApiVersion.parse(text);
    if (version.compareTo(ApiVersion.OLDEST) < 0) {
      response.header("X-Content-Type-Options", "nosniff");
      exchange.text(
          400,
          "client version "
              + text
              + " is too old. Minimum supported API version is "
              + ApiVersion.OLDEST
              + ", please upgrade your client to a newer version\n");
      return true;
    }
    if (version.compareTo(ApiVersion.NEWEST) > 0) {
      exchange.error(
          400,
          "client version "
              + text
              + " is too new. Maximum supported API version is "
              + ApiVersion.NEWEST);
      return true;
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    socket.remove();
  }
}
