package graft.docker.http;

import graft.error.GraftException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Optional;

/// The server's side of a WebSocket on a connection that was taken over: bytes in both directions.
/// What messages they come in has no meaning; each write is a message. Nothing is held but a piece
/// of a frame, so a frame may be as long as the client says.
///
/// Source: RFC 6455.
final class WebSocket {
  private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int KEY_BYTES = 16;

  private static final int CONTINUATION = 0;
  private static final int TEXT = 1;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int LONGEST_CONTROL = 125;

  private static final int NORMAL = 1000;
  private static final int WRONG_PROTOCOL = 1002;

  private final InputStream in;
  private final OutputStream out;
  private final int opcode;
  private final Object writing = new Object();
  private boolean closed;

  // Of the reading thread alone.
  private long left;
  private final byte[] mask = new byte[4];
  private int masked;
  private boolean more;
  private boolean ended;

  /// @param binary what is written goes in binary messages, else in those of text
  WebSocket(InputStream in, OutputStream out, boolean binary) {
    this.in = in;
    this.out = out;
    this.opcode = binary ? BINARY : TEXT;
  }

  /// `Sec-WebSocket-Accept`; INVALID if the request is no handshake.
  static String accept(
      Optional<String> upgrade,
      Optional<String> connection,
      Optional<String> version,
      Optional<String> key) {
    boolean asked =
        upgrade.filter("websocket"::equalsIgnoreCase).isPresent()
            && connection
                .filter(c -> c.toLowerCase(java.util.Locale.ROOT).contains("upgrade"))
                .isPresent();
    if (!asked) {
      throw GraftException.invalid("the request is no WebSocket handshake: not websocket protocol");
    }
    if (!version.orElse("").equals("13")) {
      throw GraftException.invalid(
          "the request is no WebSocket handshake: missing or bad WebSocket Version, 13 is known");
    }
    byte[] nonce;
    try {
      nonce = Base64.getDecoder().decode(key.orElse(""));
    } catch (IllegalArgumentException e) {
      nonce = new byte[0];
    }
    if (nonce.length != KEY_BYTES) {
      throw GraftException.invalid(
          "the request is no WebSocket handshake: mismatch challenge/response");
    }
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder()
          .encodeToString(sha.digest((key.orElse("") + MAGIC).getBytes(StandardCharsets.US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- reading

  /// What the client's messages hold; the end is its Close, or that of the connection.
  InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        return length == 0 ? 0 : take(bytes, offset, length);
      }
    };
  }

  private int take(byte[] bytes, int offset, int length) throws IOException {
    while (!ended && left == 0) {
      nextFrame();
    }
    if (ended) {
      return -1;
    }
    int n = in.read(bytes, offset, (int) Math.min(length, left));
    if (n < 0) {
      ended = true;
      return -1;
    }
    unmask(bytes, offset, n);
    left -= n;
    return n;
  }

  private void unmask(byte[] bytes, int offset, int length) {
    for (int i = 0; i < length; i++) {
      bytes[offset + i] ^= mask[masked++ & 3];
    }
  }

  /// Reads heads until there is one of data; answers what is to be answered on the way.
  private void nextFrame() throws IOException {
    int first = in.read();
    if (first < 0) {
      ended = true;
      return;
    }
    int second = must();
    int code = first & 0xf;
    boolean last = (first & FINAL) != 0;
    boolean control = code >= CLOSE;
    long length = second & 0x7f;
    boolean known = control ? code <= PONG : code == (more ? CONTINUATION : code) && code <= BINARY;
    boolean begins = control || more || code != CONTINUATION;
    if ((first & 0x70) != 0
        || (second & MASKED) == 0
        || !known
        || !begins
        || (control && (!last || length > LONGEST_CONTROL))) {
      fail();
      return;
    }
    if (length == 126) {
      length = (long) must() << 8 | must();
    } else if (length == 127) {
      length = 0;
      for (int i = 0; i < 8; i++) {
        length = length << 8 | must();
      }
      if (length < 0) {
        fail();
        return;
      }
    }
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) must();
    }
    masked = 0;
    if (control) {
      control(code, (int) length);
    } else {
      more = !last;
      left = length;
    }
  }

  private int must() throws IOException {
    int b = in.read();
    if (b < 0) {
      throw new EOFException("the client's frame ends early");
    }
    return b;
  }

  private void control(int code, int length) throws IOException {
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("the client's frame ends early");
    }
    unmask(payload, 0, length);
    switch (code) {
      case PING -> send(PONG, payload, 0, length);
      case CLOSE -> {
        ended = true;
        close(payload);
      }
      default -> {
        // A pong that nobody asked for.
      }
    }
  }

  private void fail() throws IOException {
    ended = true;
    close(status(WRONG_PROTOCOL));
  }

  private static byte[] status(int code) {
    return ByteBuffer.allocate(2).putShort((short) code).array();
  }

  // ---- writing

  /// Each write is a message; closing says that all was said.
  OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        send(opcode, bytes, offset, length);
      }

      @Override
      public void close() throws IOException {
        WebSocket.this.close(status(NORMAL));
      }
    };
  }

  private void close(byte[] payload) throws IOException {
    synchronized (writing) {
      if (!closed) {
        // The status is sent back, its text is not.
        write(CLOSE, payload, 0, Math.min(2, payload.length));
        closed = true;
      }
    }
  }

  private void send(int code, byte[] bytes, int offset, int length) throws IOException {
    synchronized (writing) {
      if (closed) {
        throw new IOException("the WebSocket is closed");
      }
      write(code, bytes, offset, length);
    }
  }

  /// Under the lock of writing: a pong must not get into the midst of a message.
  private void write(int code, byte[] bytes, int offset, int length) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(10 + length);
    frame.put((byte) (FINAL | code));
    if (length < 126) {
      frame.put((byte) length);
    } else if (length < 1 << 16) {
      frame.put((byte) 126).putShort((short) length);
    } else {
      frame.put((byte) 127).putLong(length);
    }
    frame.put(bytes, offset, length);
    out.write(frame.array(), 0, frame.position());
  }
}
