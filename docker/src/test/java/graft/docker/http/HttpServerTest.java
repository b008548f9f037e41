package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// On its unix socket.
class HttpServerTest extends HttpServerContract {
  @Override
  Peer connect() throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket()));
    return new Unix(channel, Channels.newInputStream(channel), new Out(channel));
  }

  /// What breaks the rules or their limits is answered once, at once, and the connection closed: no
  /// second request can hide in it. `~` is an end of line.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /plain HTTP/1.0~~ | 505",
        "GET /plain HTTP/1.1~Host : d~~ | 400",
        "GET /plain HTTP/1.1~X: a~ b~~ | 400",
        "GET /plain~~ | 400",
        "PRI * HTTP/2.0~~SM~~ | 400",
        "POST /count HTTP/1.1~Content-Length: 2~Transfer-Encoding: chunked~~0~~GET /plain"
            + " HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Content-Length: 2~Content-Length: 30~~xxGET /plain HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Content-Length: -2~~GET /plain HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Content-Length: 99999999999999999999~~GET /plain HTTP/1.1~~ | 400",
        "POST /count HTTP/1.1~Transfer-Encoding: xchunked~~0~~GET /plain HTTP/1.1~~ | 400",
      })
  void hostileRequestsAreAnsweredOnce(String request, int status) throws IOException {
    String answer = ask(request.replace("~", "\r\n"));
    assertThat(answer).startsWith("HTTP/1.1 " + status + " ").doesNotContain("hello");
    assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(2);
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
