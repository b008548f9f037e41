package graft.docker.buildkit.grpc;

import graft.docker.buildkit.proto.ProtoReader;
import io.grpc.InsecureServerCredentials;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/// Serves gRPC on connections that are handed to it.
public final class Server implements AutoCloseable {
  private static final int WINDOW = 256 * 1024;

  private final Handed handed = new Handed();
  private final io.grpc.Server server;

  public Server(List<Service> services) throws IOException {
    OkHttpServerBuilder builder =
        OkHttpServerBuilder.forPort(
                handed.getLocalSocketAddress(), InsecureServerCredentials.create())
            .socketFactory(new Factory(handed))
            .transportExecutor(Executors.newVirtualThreadPerTaskExecutor())
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .flowControlWindow(WINDOW)
            .maxInboundMessageSize(ProtoReader.LARGEST)
            // Clients ping as often as they like.
            .permitKeepAliveTime(0, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    services.forEach(service -> builder.addService(service.definition()));
    this.server = builder.build().start();
  }

  /// Serves one connection until either side ends it.
  public void serve(Duplex connection) throws IOException, InterruptedException {
    try (StreamSocket socket = new StreamSocket(connection, handed.getLocalSocketAddress())) {
      handed.add(socket);
      socket.awaitEnd();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  /// What grpc-okhttp takes for a listening socket.
  private static final class Handed extends ServerSocket {
    private final BlockingQueue<Optional<Socket>> waiting = new LinkedBlockingQueue<>();
    private volatile boolean closed;

    Handed() throws IOException {
      super();
    }

    void add(Socket socket) throws IOException {
      if (closed) {
        throw new SocketException("the engine is shutting down");
      }
      waiting.add(Optional.of(socket));
    }

    @Override
    public void bind(@Nullable SocketAddress address) {}

    @Override
    public Socket accept() throws IOException {
      try {
        return waiting.take().orElseThrow(() -> new SocketException("closed"));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SocketException("interrupted");
      }
    }

    @Override
    public SocketAddress getLocalSocketAddress() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @Override
    public void close() throws IOException {
      closed = true;
      waiting.add(Optional.empty());
    }
  }

  private static final class Factory extends ServerSocketFactory {
    private final ServerSocket socket;

    Factory(ServerSocket socket) {
      this.socket = socket;
    }

    @Override
    public ServerSocket createServerSocket() {
      return socket;
    }

    @Override
    public ServerSocket createServerSocket(int port) {
      return socket;
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) {
      return socket;
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress address) {
      return socket;
    }
  }
}
