package graft.cli.http;

import graft.cli.json.Json;
import graft.docker.http.HttpServer;
import java.io.IOException;
import java.net.SocketException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The engine as a client sees it. Paths are given without the version of Docker's API, except
/// those of Graft's own, which begin with `/graft/`.
public final class Engine {
  public static final String API = "1.51";
  private static final String BUILD = HttpServer.BUILD_HEADER.toLowerCase(Locale.ROOT);

  private final Endpoint endpoint;
  private final Starter starter;
  private final String build;

  /// What the engine said last of which build it is; null if it has not answered.
  private volatile @Nullable String said;

  /// Brings up an engine that is not there.
  public interface Starter {
    void start(IOException cause) throws IOException;
  }

  public Engine(Endpoint endpoint, Starter starter) {
    this(endpoint, starter, System.getProperty("graft.build", ""));
  }

  /// @param build of this command; empty if it is not known
  Engine(Endpoint endpoint, Starter starter, String build) {
    this.endpoint = endpoint;
    this.starter = starter;
    this.build = build;
  }

  /// Which build this command is, and what the engine has said of its own; empty texts where it is
  /// not known. Nothing is asked for it.
  public Builds builds() {
    String heard = said;
    return new Builds(build, heard != null, heard == null ? "" : heard);
  }

  public Json get(String path) throws IOException {
    try (Reply reply = send("GET", path, Body.NONE)) {
      return reply.json();
    }
  }

  public Json post(String path) throws IOException {
    try (Reply reply = send("POST", path, Body.NONE)) {
      return reply.json();
    }
  }

  public Json post(String path, Object body) throws IOException {
    try (Reply reply = send("POST", path, Body.json(Json.of(body).write()))) {
      return reply.json();
    }
  }

  public Json delete(String path) throws IOException {
    try (Reply reply = send("DELETE", path, Body.NONE)) {
      return reply.json();
    }
  }

  /// The reply if it is a success; otherwise an [ApiException].
  public Reply send(String method, String path, Body body) throws IOException {
    return send(method, path, Map.of(), body);
  }

  public Reply send(String method, String path, Map<String, String> headers, Body body)
      throws IOException {
    Connection connection = connect();
    try {
      String full = path.startsWith("/graft/") ? path : "/v" + API + path;
      Map<String, String> all = headers;
      if (!build.isEmpty()) {
        all = new LinkedHashMap<>(headers);
        all.put(HttpServer.BUILD_HEADER, build);
      }
      Reply reply = connection.send(method, full, all, body);
      said = reply.headers().getOrDefault(BUILD, "");
      return reply.successful();
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  /// A connection that becomes a two-way stream.
  public Reply hijack(String path, Body body) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Connection", "Upgrade");
    headers.put("Upgrade", "tcp");
    return send("POST", path, headers, body);
  }

  private Connection connect() throws IOException {
    try {
      return endpoint.open();
    } catch (SocketException e) {
      starter.start(e);
      return endpoint.open();
    }
  }

  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// `?a=b&c=d` of the pairs whose value is neither null nor empty.
  public static String query(@Nullable String... pairs) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      String value = pairs[i + 1];
      if (value != null && !value.isEmpty()) {
        out.append(out.isEmpty() ? '?' : '&').append(pairs[i]).append('=').append(encode(value));
      }
    }
    return out.toString();
  }
}
