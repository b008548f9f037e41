package graft.docker.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLSocket;

/// Carries bytes between a TLS client and the HTTP server until both have ended. Each direction
/// ends by itself: the client's `close_notify` becomes the end of input on the unix socket, and the
/// other way round, while what still comes the other way goes on. That is the half close which
/// `docker run -i` needs.
final class Bridge {
  private static final int BUFFER = 16 * 1024;
  private static final int LINGER_MILLIS = 2000;

  /// For who was answered, as long as the server itself listens to such a client.
  private static final int LONGEST_MILLIS = 30_000;

  private final Socket raw;
  private final SSLSocket client;
  private final SocketChannel server;

  /// @param raw what is beneath the client, for ends that cannot wait for TLS
  Bridge(Socket raw, SSLSocket client, SocketChannel server) {
    this.raw = raw;
    this.client = client;
    this.server = server;
  }

  /// Blocks until it is over. Who calls closes both sides.
  void run() throws IOException {
    Thread up = Thread.ofVirtual().name("tls-up").start(this::up);
    down();
    client.shutdownOutput();
    raw.shutdownOutput();
    try {
      // The client may be in the middle of sending: closing now would reset the connection, and it
      // would lose the answer.
      up.join(LONGEST_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void up() {
    byte[] bytes = new byte[BUFFER];
    boolean wanted = true;
    try {
      InputStream in = client.getInputStream();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) {
        wanted = wanted && sent(ByteBuffer.wrap(bytes, 0, count));
      }
      if (wanted) {
        server.shutdownOutput();
      }
    } catch (IOException e) {
      // Reset, or closed: the server is to notice too.
      close();
    }
  }

  /// False once the server reads no more: what the client still sends is thrown away then.
  private boolean sent(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        server.write(bytes);
      }
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private void down() throws IOException {
    OutputStream out = client.getOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    while (server.read(buffer) >= 0) {
      out.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
  }

  private void close() {
    try {
      server.close();
    } catch (IOException e) {
      return;
    }
  }

  /// Says that nothing more comes, and reads what is on its way, for a moment.
  static void linger(Socket socket) {
    long end = System.nanoTime() + LINGER_MILLIS * 1_000_000L;
    try {
      socket.shutdownOutput();
      socket.setSoTimeout(LINGER_MILLIS);
      byte[] bytes = new byte[BUFFER];
      while (System.nanoTime() < end && socket.getInputStream().read(bytes) >= 0) {
        // thrown away
      }
    } catch (IOException e) {
      // It has gone.
      return;
    }
  }
}
