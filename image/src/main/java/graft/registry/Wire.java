package graft.registry;

import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Sends single requests: connections, TLS and proxies. Knows no registry.
///
/// The JDK's client serves: it buffers a bounded number of chunks of a body and blocks virtual
/// threads only. It gives up on a silent *body* never, so whoever reads one watches it.
final class Wire implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private final Map<Tls, HttpClient> clients = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("registry-", 0).factory());
  private final ProxySelector proxies;

  Wire(Map<String, String> environment) {
    proxies = new EnvironmentProxies(environment);
  }

  Answer send(Tls tls, HttpRequest request) throws RequestFailed {
    HttpClient client = clients.computeIfAbsent(tls, this::newClient);
    try {
      HttpResponse<InputStream> response =
          client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      return new Answer(
          request.method(),
          request.uri(),
          response.statusCode(),
          response.headers(),
          response.body());
    } catch (IOException e) {
      throw RequestFailed.unreached(request.method(), request.uri(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GraftException(
          GraftException.Kind.CANCELLED, "cancelled while waiting for the registry", e);
    }
  }

  private HttpClient newClient(Tls tls) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .proxy(proxies)
            .executor(threads);
    return (tls.equals(Tls.DEFAULT) ? builder : builder.sslContext(tls.context())).build();
  }

  @Override
  public void close() {
    clients.values().forEach(HttpClient::shutdownNow);
    threads.shutdownNow();
  }

  /// `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in either case, as Go reads them.
  private static final class EnvironmentProxies extends ProxySelector {
    private final Map<String, String> environment;

    EnvironmentProxies(Map<String, String> environment) {
      this.environment = environment;
    }

    private String variable(String name) {
      String upper = environment.getOrDefault(name, "");
      return upper.isEmpty() ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "") : upper;
    }

    @Override
    public List<Proxy> select(URI uri) {
      String proxy = variable("https".equals(uri.getScheme()) ? "HTTPS_PROXY" : "HTTP_PROXY");
      if (proxy.isEmpty() || isExempt(uri)) {
        return List.of(Proxy.NO_PROXY);
      }
      URI at = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
      int port = at.getPort() < 0 ? 80 : at.getPort();
      return List.of(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(at.getHost(), port)));
    }

    private boolean isExempt(URI uri) {
      String host = uri.getHost().toLowerCase(Locale.ROOT);
      if (Hosts.isLoopback(uri.getRawAuthority())) {
        return true;
      }
      for (String entry : variable("NO_PROXY").toLowerCase(Locale.ROOT).split(",", -1)) {
        String e = entry.strip();
        String bare = e.startsWith("*.") ? e.substring(2) : e.startsWith(".") ? e.substring(1) : e;
        if (bare.isEmpty()) {
          continue;
        }
        if (e.equals("*")
            || host.equals(bare)
            || host.endsWith("." + bare)
            || (host + ":" + uri.getPort()).equals(bare)
            || (bare.contains("/") && isWithin(host, bare))) {
          return true;
        }
      }
      return false;
    }

    private static boolean isWithin(String host, String network) {
      try {
        return Hosts.isWithin(InetAddress.ofLiteral(host), network);
      } catch (IllegalArgumentException _) {
        return false;
      }
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
  }
}
