package graft.network;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Carries TCP connections from a listening socket of the host to a container. The socket is at the
/// same time what reserves the port against other programs. With a firewall only what its rules do
/// not see comes here: IPv6, and all that comes from outside to a rootless engine.
final class TcpProxy implements AutoCloseable {
  private static final int CHUNK = 32 * 1024;

  private final ServerSocketChannel listener;
  private final InetSocketAddress target;
  private final Ground ground;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private @Nullable Thread acceptor;

  /// @param ground where the container can be reached
  TcpProxy(ServerSocketChannel listener, InetSocketAddress target, Ground ground) {
    this.ground = ground;
    this.listener = listener;
    this.target = target;
  }

  void start() {
    acceptor = Thread.ofVirtual().name("tcp-proxy-" + target).start(this::accept);
  }

  private void accept() {
    while (listener.isOpen()) {
      try {
        SocketChannel client = listener.accept();
        open.add(client);
        Thread.startVirtualThread(() -> serve(client));
      } catch (IOException e) {
        if (!listener.isOpen()) {
          return;
        }
        // Out of descriptors, or the client gave up first: the next one may have more luck.
        pause();
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client;
        SocketChannel server = ground.inside(SocketChannel::open)) {
      open.add(server);
      try {
        connect(client, server);
        Thread back = Thread.startVirtualThread(() -> copy(server, client));
        copy(client, server);
        back.join();
      } finally {
        open.remove(server);
      }
    } catch (IOException e) {
      // The container does not listen or has gone: the client was told by a reset.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(client);
    }
  }

  private void connect(SocketChannel client, SocketChannel server) throws IOException {
    try {
      server.connect(target);
      server.setOption(StandardSocketOptions.TCP_NODELAY, true);
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
    } catch (IOException e) {
      client.setOption(StandardSocketOptions.SO_LINGER, 0);
      throw e;
    }
  }

  /// Until the end of one direction, which is handed on as such: the other may go on.
  private static void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    try {
      while (from.read(buffer) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      to.shutdownOutput();
    } catch (IOException e) {
      // One side broke the connection: the other shall notice, whichever way it is going.
      quietly(from);
      quietly(to);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void quietly(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception e) {
      return;
    }
  }

  /// Waits for a thread whose channel was closed under it. Until it has seen that, the JDK keeps
  /// the socket, and the port cannot be had again.
  static void end(@Nullable Thread thread) {
    try {
      if (thread != null) {
        thread.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    end(acceptor);
    open.forEach(TcpProxy::quietly);
  }
}
