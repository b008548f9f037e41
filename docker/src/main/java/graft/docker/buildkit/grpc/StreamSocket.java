package graft.docker.buildkit.grpc;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/// What grpc-okhttp takes for a connected TCP socket.
final class StreamSocket extends Socket {
  /// Held, since a logger that nobody holds forgets its level. What ends a connection is told by
  /// its calls; the library would print a stack trace for each client that only tries the door.
  private static final Logger LIBRARY = Logger.getLogger("io.grpc");

  static {
    LIBRARY.setLevel(Level.OFF);
  }

  private final Duplex duplex;
  private final SocketAddress remote;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch end = new CountDownLatch(1);

  /// @param remote what the other side is called; handlers can ask for it
  StreamSocket(Duplex duplex, SocketAddress remote) {
    this.duplex = duplex;
    this.remote = remote;
  }

  /// Until either side has ended the connection.
  void awaitEnd() throws InterruptedException {
    end.await();
  }

  @Override
  public InputStream getInputStream() {
    return duplex.in();
  }

  @Override
  public OutputStream getOutputStream() {
    return duplex.out();
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        duplex.end();
      } finally {
        end.countDown();
      }
    }
  }

  @Override
  public boolean isClosed() {
    return closed.get();
  }

  @Override
  public boolean isConnected() {
    return true;
  }

  @Override
  public boolean isBound() {
    return true;
  }

  @Override
  public SocketAddress getRemoteSocketAddress() {
    return remote;
  }

  @Override
  public SocketAddress getLocalSocketAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Override
  public InetAddress getInetAddress() {
    return InetAddress.getLoopbackAddress();
  }

  @Override
  public InetAddress getLocalAddress() {
    return InetAddress.getLoopbackAddress();
  }

  // Whatever is set has no meaning here.

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public void setSoTimeout(int timeout) {}

  @Override
  public int getSoTimeout() {
    return 0;
  }

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }
}
