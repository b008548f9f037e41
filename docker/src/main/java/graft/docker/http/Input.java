package graft.docker.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// What a client sends, request by request. Helidon's parser is given exactly one head at a time,
/// then what belongs to its body; so nothing of the next request is ever in its hands, and a
/// chunked body is ours to decode.
final class Input {
  /// The input of the request that is being answered.
  static final ScopedValue<Input> CURRENT = ScopedValue.newInstance();

  private static final int BLOCK = 64 * 1024;
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /// Is told what the connection is waiting for.
  interface Watch {
    /// Nothing of the next request has come.
    void waiting();

    /// Its head has begun.
    void reading();

    /// It is whole. Throws where the connection was given up meanwhile.
    void answering() throws IOException;
  }

  private final Connection connection;
  private final Watch watch;

  /// What Helidon has yet to get of a body with a length.
  private long left;

  /// Helidon, which saw nothing of a chunked body, wants its end before the next request.
  private boolean endDue;

  private boolean cut;
  private boolean continued;
  private @Nullable Chunks chunks;

  Input(Connection connection, Watch watch) {
    this.connection = connection;
    this.watch = watch;
  }

  Connection connection() {
    return connection;
  }

  /// The next bytes for the parser; null at the end.
  byte @Nullable [] next() {
    try {
      if (left > 0) {
        return some();
      }
      if (endDue) {
        endDue = false;
        return LAST_CHUNK;
      }
      chunks = null;
      continued = false;
      connection.rest();
      watch.waiting();
      if (!connection.await()) {
        return null;
      }
      watch.reading();
      byte[] head = connection.head();
      watch.answering();
      return head;
    } catch (Connection.TooLarge e) {
      throw refusal(e);
    } catch (IOException e) {
      throw new CloseConnectionException("the client has gone", e);
    }
  }

  private CloseConnectionException refusal(Connection.TooLarge e) {
    try {
      connection.leaveUnread();
      connection.head(Http1.refusal(e.status(), e.text()));
      return new CloseConnectionException("the request was refused");
    } catch (IOException gone) {
      return new CloseConnectionException("the client has gone", gone);
    }
  }

  private byte @Nullable [] some() throws IOException {
    byte[] bytes = new byte[(int) Math.min(BLOCK, left)];
    int n = connection.read(bytes, 0, bytes.length);
    if (n < 0) {
      cut = true;
      return null;
    }
    left -= n;
    return n == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, n);
  }

  /// The body of a request whose head Helidon has read.
  InputStream body(ServerRequest request) {
    if (!request.content().hasEntity()) {
      return InputStream.nullInputStream();
    }
    if (isChunked(request)) {
      // Of a body that it told nobody to send, Helidon wants no end either.
      boolean held = expectsContinue(request);
      Chunks decoded = new Chunks(connection, () -> endDue = !held);
      chunks = decoded;
      return held ? new Continued(decoded) : decoded;
    }
    left = request.headers().contentLength().orElse(0);
    return new Checked(request.content().inputStream());
  }

  private static boolean isChunked(ServerRequest request) {
    return request.headers().contains(io.helidon.http.HeaderNames.TRANSFER_ENCODING);
  }

  private static boolean expectsContinue(ServerRequest request) {
    return request.headers().containsToken(io.helidon.http.HeaderValues.EXPECT_100);
  }

  /// True if the client waits to be told before it sends the body.
  boolean held(ServerRequest request) {
    return expectsContinue(request) && !continued;
  }

  /// How the body broke the rules, if it did.
  @Nullable String broken() {
    if (cut) {
      return "unexpected EOF in the request's body";
    }
    Chunks decoded = chunks;
    return decoded == null ? null : decoded.broken();
  }

  /// Lets the client send its body when the first of it is wanted.
  private final class Continued extends InputStream {
    private final InputStream in;

    Continued(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      begin();
      return in.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      begin();
      return in.read(bytes, offset, length);
    }

    private void begin() throws IOException {
      if (!continued) {
        continued = true;
        connection.head("HTTP/1.1 100 Continue\r\n\r\n");
      }
    }
  }

  /// Helidon's stream of a body with a length, without its unchecked exceptions.
  private final class Checked extends InputStream {
    private final InputStream in;

    Checked(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      continued = true;
      try {
        return in.read(bytes, offset, length);
      } catch (DataReader.InsufficientDataAvailableException e) {
        throw new IOException("unexpected EOF in the request's body", e);
      } catch (CloseConnectionException e) {
        throw new IOException("the client has gone", e);
      }
    }
  }
}
