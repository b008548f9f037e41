package graft.docker.http;

import graft.oci.Json;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.context.Context;
import io.helidon.common.socket.PeerInfo;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.cert.Certificate;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/// What is Helidon's in the conversation with a client: it reads heads, finds what is wrong with
/// them, and writes answers. Sockets, threads and limits are ours: Helidon's listener ends at the
/// first file descriptor it cannot have, and what it holds for a connection has no bound.
final class Http1 {
  private final Shared shared;

  Http1(Handler handler) {
    shared = new Shared(handler);
  }

  /// Serves one connection until client or server end it; true if the client's input may be unread
  /// and an answer is on its way.
  boolean serve(Connection connection, Input.Watch watch) throws InterruptedException {
    Input input = new Input(connection, watch);
    Link link = new Link(shared, connection, input);
    try {
      return ScopedValue.where(Input.CURRENT, input)
          .<Boolean, InterruptedException>call(() -> {
            shared.selector.connection(link).handle(shared.unlimited);
            return true; // only refusals of a head end here
          });
    } catch (CloseConnectionException e) {
      return connection.leftUnread();
    }
  }

  /// A whole answer to what is no request.
  static String refusal(int status, String message) {
    String body = message(message);
    return "HTTP/1.1 "
        + (status == 431 ? "431 Request Header Fields Too Large" : status + " Unavailable")
        + "\r\nContent-Type: application/json\r\nServer: "
        + HttpServer.SERVER
        + "\r\nConnection: close\r\nContent-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private static String message(String text) {
    return Json.MAPPER.createObjectNode().put("message", text) + "\n";
  }

  /// The same for all connections.
  private static final class Shared implements ListenerContext {
    private final Context context = Context.create();
    private final MediaContext media = MediaContext.create();
    private final ContentEncodingContext encodings = ContentEncodingContext.create();
    private final ListenerConfig config =
        WebServer.builder().protocolsDiscoverServices(false).buildPrototype();
    private final Limit unlimited = FixedLimit.create();
    private final DirectHandlers refusals;
    private final Router router;
    private final Http1ConnectionSelector selector =
        Http1ConnectionSelector.builder().config(http1()).build();

    Shared(Handler handler) {
      router = Router.builder().addRouting(HttpRouting.builder().any(handler)).build();
      DirectHandlers.Builder all = DirectHandlers.builder();
      for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
        all.addHandler(type, Shared::refuse);
      }
      refusals = all.build();
    }

    // Clients send odd Host headers on a unix socket; the old name of the switch is the only one
    // there is. Sizes are bounded before.
    @SuppressWarnings("removal")
    private static Http1Config http1() {
      return Http1Config.builder()
          .validatePath(false)
          .validateRequestHostHeader(false)
          .validatePrologue(false)
          .maxPrologueLength(2 * Connection.LONGEST_HEAD)
          .maxHeadersSize(2 * Connection.LONGEST_HEAD)
          .build();
    }

    private static DirectHandler.TransportResponse refuse(
        DirectHandler.TransportRequest request,
        DirectHandler.EventType type,
        Status status,
        ServerResponseHeaders headers,
        @Nullable String message) {
      return DirectHandler.TransportResponse.builder()
          .status(status)
          .headers(headers)
          .keepAlive(false)
          .header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/json"))
          .header(HeaderValues.create(HeaderNames.SERVER, HttpServer.SERVER))
          .entity(message(status.reasonPhrase()).getBytes(StandardCharsets.UTF_8))
          .build();
    }

    @Override
    public Context context() {
      return context;
    }

    @Override
    public MediaContext mediaContext() {
      return media;
    }

    @Override
    public ContentEncodingContext contentEncodingContext() {
      return encodings;
    }

    @Override
    public DirectHandlers directHandlers() {
      return refusals;
    }

    @Override
    public ListenerConfig config() {
      return config;
    }

    @Override
    public ExecutorService executor() {
      return ForkJoinPool.commonPool();
    }
  }

  /// One connection as Helidon sees it.
  private static final class Link implements ConnectionContext, DataWriter, PeerInfo {
    private static final SocketAddress NOWHERE = UnixDomainSocketAddress.of("");

    private final Shared shared;
    private final Connection connection;
    private final DataReader reader;

    Link(Shared shared, Connection connection, Input input) {
      this.shared = shared;
      this.connection = connection;
      this.reader = DataReader.create(input::next);
    }

    @Override
    public ListenerContext listenerContext() {
      return shared;
    }

    @Override
    public ExecutorService executor() {
      return shared.executor();
    }

    @Override
    public DataWriter dataWriter() {
      return this;
    }

    @Override
    public DataReader dataReader() {
      return reader;
    }

    @Override
    public Router router() {
      return shared.router;
    }

    @Override
    public void write(BufferData... buffers) {
      for (BufferData buffer : buffers) {
        write(buffer);
      }
    }

    @Override
    public void write(BufferData buffer) {
      byte[] bytes = buffer.readBytes();
      try {
        connection.write(bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void writeNow(BufferData... buffers) {
      write(buffers);
    }

    @Override
    public void writeNow(BufferData buffer) {
      write(buffer);
    }

    @Override
    public PeerInfo remotePeer() {
      return this;
    }

    @Override
    public PeerInfo localPeer() {
      return this;
    }

    @Override
    public boolean isSecure() {
      return false;
    }

    @Override
    public String socketId() {
      return "unix";
    }

    @Override
    public String childSocketId() {
      return "unix";
    }

    @Override
    public SocketAddress address() {
      return NOWHERE;
    }

    @Override
    public String host() {
      return "";
    }

    @Override
    public int port() {
      return -1;
    }

    @Override
    public Optional<Principal> tlsPrincipal() {
      return Optional.empty();
    }

    @Override
    public Optional<Certificate[]> tlsCertificates() {
      return Optional.empty();
    }
  }
}
