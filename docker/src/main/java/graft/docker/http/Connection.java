package graft.docker.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// The bytes of one client, read ahead through a buffer that is as large as what is being read
/// needs: small while nothing is asked, and never larger than [#LONGEST_HEAD]. One thread reads;
/// another may write.
final class Connection implements AutoCloseable {
  /// Request line and headers; Go's servers have the same limit.
  static final int LONGEST_HEAD = 1 << 20;

  private static final int MOST_LINES = 1000;
  private static final int SMALL = 1024;
  private static final int BLOCK = 64 * 1024;

  /// Kilobytes for heads that outgrow the usual, over all connections: thousands of clients that
  /// each send most of a head and stop do not add up.
  private static final int LARGE_HEAD = 16 * 1024;

  private static final Semaphore LARGE = new Semaphore(64 * 1024);

  private final SocketChannel channel;
  private byte[] buffer = new byte[SMALL];
  private int position;
  private int limit;
  private boolean full;
  private int borrowed;
  private boolean unread;

  Connection(SocketChannel channel) {
    this.channel = channel;
  }

  /// A head that is not read to its end.
  static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final String text;

    TooLarge(int status, String text) {
      super(text);
      this.status = status;
      this.text = text;
    }

    int status() {
      return status;
    }

    String text() {
      return text;
    }
  }

  // ---- reading

  /// True if something is here, perhaps after waiting; false at the client's end.
  boolean await() throws IOException {
    return position < limit || fill();
  }

  /// The head of a request with the empty line that ends it, or what looks like one: rules are
  /// checked by the parser. Null where the client has ended before.
  byte @Nullable [] head() throws IOException {
    int at = 0;
    int line = 0;
    int lines = 0;
    while (true) {
      for (; position + at < limit; at++) {
        byte b = buffer[position + at];
        if (b == '\n') {
          if (line == 0) {
            return cut(at + 1);
          }
          line = 0;
          if (++lines > MOST_LINES) {
            throw new TooLarge(431, "the request has more than " + MOST_LINES + " header lines");
          }
        } else if (b != '\r') {
          line++;
        }
      }
      if (at >= LONGEST_HEAD) {
        throw new TooLarge(431, "the request's head exceeds " + LONGEST_HEAD + " bytes");
      }
      if (limit - position == buffer.length) {
        grow();
      }
      if (!fill()) {
        return null;
      }
    }
  }

  private byte[] cut(int length) {
    byte[] head = Arrays.copyOfRange(buffer, position, position + length);
    position += length;
    if (buffer.length > SMALL && limit - position <= SMALL) {
      resize(SMALL);
    }
    giveBack();
    return head;
  }

  private void grow() throws TooLarge {
    int length = buffer.length * 2;
    if (length > LARGE_HEAD) {
      if (!LARGE.tryAcquire(length / 2 / 1024)) {
        throw new TooLarge(503, "too many requests with large heads at once; try again");
      }
      borrowed += length / 2 / 1024;
    }
    resize(length);
  }

  private void giveBack() {
    LARGE.release(borrowed);
    borrowed = 0;
  }

  /// Bytes that are here already or come next, at most `length`; -1 at the client's end.
  int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == limit) {
      if (length >= BLOCK) {
        return channel.read(ByteBuffer.wrap(bytes, offset, BLOCK));
      }
      if (full && buffer.length < BLOCK) {
        // Who sends much gets a larger one; a thousand that send little do not.
        resize(buffer.length * 4);
      }
      if (!fill()) {
        return -1;
      }
    }
    int n = Math.min(length, limit - position);
    System.arraycopy(buffer, position, bytes, offset, n);
    position += n;
    return n;
  }

  /// One byte, or -1.
  int read() throws IOException {
    return await() ? buffer[position++] & 0xff : -1;
  }

  /// The next request is waited for: large buffers are for bodies.
  void rest() {
    if (position == limit && buffer.length > SMALL) {
      resize(SMALL);
    }
  }

  private void resize(int length) {
    byte[] next = new byte[length];
    System.arraycopy(buffer, position, next, 0, limit - position);
    limit -= position;
    position = 0;
    buffer = next;
  }

  private boolean fill() throws IOException {
    if (position > 0) {
      System.arraycopy(buffer, position, buffer, 0, limit - position);
      limit -= position;
      position = 0;
    }
    int n = channel.read(ByteBuffer.wrap(buffer, limit, buffer.length - limit));
    if (n < 0) {
      return false;
    }
    limit += n;
    full = limit == buffer.length;
    return true;
  }

  /// What the client sends from now on; its end is the client's half close.
  InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        return Connection.this.read();
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return Connection.this.read(bytes, offset, length);
      }
    };
  }

  // ---- writing

  void head(String head) throws IOException {
    write(head.getBytes(StandardCharsets.ISO_8859_1), 0, head.length());
  }

  void write(byte[] bytes, int offset, int length) throws IOException {
    // In blocks: the JDK keeps a copy outside the heap of the largest that was ever written at
    // once.
    int end = offset + length;
    for (int at = offset; at < end; ) {
      at += channel.write(ByteBuffer.wrap(bytes, at, Math.min(2 * BLOCK, end - at)));
    }
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
        Connection.this.write(bytes, offset, length);
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

  // ---- the end

  /// The client may still be sending what nobody will read.
  void leaveUnread() {
    unread = true;
  }

  boolean leftUnread() {
    return unread;
  }

  /// Ends the answer and throws away what the client still sends, until it has ended as well:
  /// closing at once would break its pipe before it has read why.
  void linger() throws IOException {
    channel.shutdownOutput();
    giveBack();
    buffer = new byte[LARGE_HEAD];
    do {
      // Thrown away; whoever calls sees to it that this ends.
      position = 0;
      limit = 0;
    } while (fill());
  }

  @Override
  public void close() throws IOException {
    giveBack();
    channel.close();
  }
}
