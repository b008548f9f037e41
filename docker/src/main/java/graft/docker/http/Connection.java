package graft.docker.http;

import io.helidon.common.GenericType;
import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http.spi.Sink;
import io.helidon.webserver.http.spi.SinkProvider;
import io.helidon.webserver.http.spi.SinkProviderContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The bare connection beneath a request, taken over from the HTTP server: what was read ahead of
/// the request comes first, and what is written goes out at once. It is had through Helidon's
/// public extension point for response sinks; Helidon's own upgrade mechanism ignores requests with
/// a body, which `POST /exec/{id}/start` has.
final class Connection implements Sink<Object> {
  static final GenericType<Connection> TYPE = GenericType.create(Connection.class);

  private final DataReader reader;
  private final DataWriter writer;

  private Connection(DataReader reader, DataWriter writer) {
    this.reader = reader;
    this.writer = writer;
  }

  /// Found by the service loader.
  public static final class Provider implements SinkProvider<Object> {
    @Override
    public boolean supports(GenericType<? extends Sink<?>> type, ServerRequest request) {
      return type.equals(TYPE);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <X extends Sink<Object>> X create(SinkProviderContext context) {
      return (X)
          new Connection(
              context.connectionContext().dataReader(), context.connectionContext().dataWriter());
    }

    // Abstract in the interface still, though no longer called.
    @Override
    @SuppressWarnings({"removal", "TypeParameterUnusedInFormals"})
    public <X extends Sink<Object>> X create(
        ServerResponse response,
        BiConsumer<Object, io.helidon.common.media.type.MediaType> consumer,
        Runnable close) {
      throw new UnsupportedOperationException("the connection is needed, not the response");
    }
  }

  @Override
  public Sink<Object> emit(Object event) {
    throw new UnsupportedOperationException("write to the stream");
  }

  @Override
  public void close() {
    // The connection is closed by the server when the handler ends.
  }

  void head(String head) throws IOException {
    write(head.getBytes(StandardCharsets.ISO_8859_1), 0, head.length());
  }

  private void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      // A copy: the writer may hand the buffer to another thread.
      byte[] copy = java.util.Arrays.copyOfRange(bytes, offset, offset + length);
      writer.writeNow(BufferData.create(copy));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (RuntimeException e) {
      throw new IOException("the client has gone", e);
    }
  }

  /// What the client sends from now on; its end is the client's half close.
  InputStream in() {
    return new InputStream() {
      private @Nullable BufferData current;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        try {
          BufferData data = current;
          while (data == null || data.consumed()) {
            reader.ensureAvailable();
            data = reader.readBuffer();
          }
          current = data;
          return data.read(bytes, offset, length);
        } catch (DataReader.InsufficientDataAvailableException e) {
          return -1;
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
      }
    };
  }

  /// Bytes to the client, as they are.
  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length > 0) {
          Connection.this.write(bytes, offset, length);
        }
      }
    };
  }

  /// The body of a chunked response; each write is a chunk. Closing ends the body.
  OutputStream chunked() {
    return new OutputStream() {
      private boolean closed;

      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
          return;
        }
        byte[] size = (Integer.toHexString(length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] chunk = new byte[size.length + length + 2];
        System.arraycopy(size, 0, chunk, 0, size.length);
        System.arraycopy(bytes, offset, chunk, size.length, length);
        chunk[chunk.length - 2] = '\r';
        chunk[chunk.length - 1] = '\n';
        Connection.this.write(chunk, 0, chunk.length);
      }

      @Override
      public void close() throws IOException {
        if (!closed) {
          closed = true;
          head("0\r\n\r\n");
        }
      }
    };
  }
}
