package graft.docker.tls;

import graft.tls.Mutual;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/// A TCP address that admits only clients with a certificate of the right authority, and passes
/// them on to the unix socket of the HTTP server. The server sees one kind of connection, and a
/// stranger gets no byte as far as its parser.
///
/// Helidon's own TLS is not used: it takes the end of a client's input for the end of the
/// connection, so that `docker run -i` would lose its output; it asks the DNS for every client's
/// name; and it waits for ever for a handshake.
public final class TlsListener implements AutoCloseable {
  /// As long as our own client waits: on a busy machine it takes seconds to load what it needs.
  private static final Duration LONGEST_HANDSHAKE = Duration.ofSeconds(30);

  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final int HANDSHAKES = 512;
  private static final int BACKLOG = 512;

  private final ServerSocket listening;
  private final SSLContext context;
  private final Path behind;
  private final Consumer<String> refusals;
  private final Semaphore handshakes = new Semaphore(HANDSHAKES);
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private TlsListener(
      ServerSocket listening, SSLContext context, Path behind, Consumer<String> refusals) {
    this.listening = listening;
    this.context = context;
    this.behind = behind;
    this.refusals = refusals;
  }

  /// @param behind the unix socket of the HTTP server
  /// @param refusals is told, in one line, who was sent away and why
  public static TlsListener start(
      String host, int port, SSLContext context, Path behind, Consumer<String> refusals)
      throws IOException {
    // A resumed session is not verified again; a client that expires must not resume for a day.
    context.getServerSessionContext().setSessionTimeout(300);
    ServerSocket socket = new ServerSocket();
    try {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    TlsListener listener = new TlsListener(socket, context, behind, refusals);
    Thread.ofPlatform().daemon().name("tls-accept").start(listener::accept);
    return listener;
  }

  public int port() {
    return listening.getLocalPort();
  }

  private void accept() {
    long quietUntil = System.nanoTime();
    while (!listening.isClosed()) {
      try {
        handshakes.acquire();
        Socket client = listening.accept();
        open.add(client);
        Thread.ofVirtual().name("tls").start(() -> serve(client));
      } catch (IOException e) {
        handshakes.release();
        if (!listening.isClosed()) {
          if (System.nanoTime() - quietUntil >= 0) {
            refusals.accept("cannot accept a TCP connection: " + e.getMessage());
            quietUntil = System.nanoTime() + QUIET.toNanos();
          }
          pause(); // most likely no file descriptor is left; the next moment may have one
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void serve(Socket client) {
    try (client) {
      @Nullable SSLSocket admitted;
      try {
        admitted = admit(client);
      } finally {
        handshakes.release();
      }
      if (admitted != null) {
        try (SocketChannel server = SocketChannel.open(StandardProtocolFamily.UNIX)) {
          server.connect(UnixDomainSocketAddress.of(behind));
          new Bridge(client, admitted, server).run();
        }
      }
    } catch (IOException e) {
      // The client or the server has gone: the other is let go as well.
      return;
    } finally {
      open.remove(client);
    }
  }

  private @Nullable SSLSocket admit(Socket client) {
    Thread deadline = Thread.ofVirtual().start(() -> closeLate(client));
    try {
      client.setTcpNoDelay(true);
      client.setKeepAlive(true);
      // As Go's servers do: a client whose machine went away is noticed within minutes.
      client.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 15);
      client.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 15);
      client.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 9);
      SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(client, null, false);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setProtocols(Mutual.PROTOCOLS.toArray(String[]::new));
      parameters.setNeedClientAuth(true);
      // All that the JDK has enabled are good ones; the client knows which its machine is fast at.
      parameters.setUseCipherSuitesOrder(false);
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      return tls;
    } catch (IOException e) {
      refusals.accept("refused " + client.getRemoteSocketAddress() + ": " + reason(e));
      // It may have sent a request already; closing under it would take away the alert that says
      // what is wrong.
      Bridge.linger(client);
      return null;
    } finally {
      deadline.interrupt();
    }
  }

  private static void closeLate(Socket client) {
    try {
      Thread.sleep(LONGEST_HANDSHAKE);
      client.close();
    } catch (InterruptedException | IOException e) {
      // The handshake is over.
      return;
    }
  }

  static String reason(Throwable e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathBuilderException) {
        return "its certificate is not of the authority of --tlscacert";
      }
      if (cause instanceof CertPathValidatorException path) {
        return path.getReason() == CertPathValidatorException.BasicReason.EXPIRED
            ? "its certificate has expired"
            : "its certificate is not valid: " + path.getMessage();
      }
    }
    String message = String.valueOf(e.getMessage());
    return message.contains("Empty client certificate chain")
        ? "it showed no certificate of the authority of --tlscacert"
        : message;
  }

  /// Lets all clients go.
  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket client : open) {
      client.close();
    }
  }
}
