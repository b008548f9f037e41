package graft.docker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// On its unix socket.
class HttpServerTest extends HostileClientsContract {
  @Override
  Peer connect() throws IOException {
    return connect(socket());
  }

  static String get(Path socket, String path) throws IOException {
    try (Peer peer = connect(socket)) {
      send(peer, "GET " + path + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
      return readAll(peer);
    }
  }

  static Peer connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return new Unix(channel, Channels.newInputStream(channel), new Out(channel));
  }

  @Override
  int crowd() {
    return 2000;
  }

  private record Unix(SocketChannel channel, InputStream in, OutputStream out) implements Peer {
    @Override
    public void closeOutput() throws IOException {
      channel.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /// The streams of `Channels` wait for each other.
  private static final class Out extends OutputStream {
    private final SocketChannel channel;

    Out(SocketChannel channel) {
      this.channel = channel;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(bytes, from, length);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }
}
