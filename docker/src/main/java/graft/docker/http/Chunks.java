package graft.docker.http;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// A chunked body (RFC 9112, 7.1), streamed whatever the size of its chunks. Helidon reads every
/// chunk whole before it hands it on, up to two gigabytes, and waits for ever after a size that is
/// none. Extensions and trailers are passed over; a lone line feed ends nothing, since others on
/// the way may see it otherwise.
final class Chunks extends InputStream {
  /// Of a size with its extensions.
  private static final int LONGEST_LINE = 4096;

  private static final int LONGEST_TRAILERS = 16 * 1024;

  private final Connection connection;
  private final Runnable atEnd;
  private long left;
  private boolean within;
  private boolean ended;
  private @Nullable String broken;

  /// @param atEnd runs when the body has been read with all that belongs to it
  Chunks(Connection connection, Runnable atEnd) {
    this.connection = connection;
    this.atEnd = atEnd;
  }

  /// What is wrong with the body, if it was seen to break the rules.
  @Nullable String broken() {
    return broken;
  }

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
    if (broken != null) {
      throw new IOException(broken);
    }
    while (left == 0 && !ended) {
      next();
    }
    if (ended) {
      return -1;
    }
    int n = connection.read(bytes, offset, (int) Math.min(length, left));
    if (n < 0) {
      throw refusal("unexpected EOF in a chunked body");
    }
    left -= n;
    return n;
  }

  /// From the end of a chunk's data to the start of the next one's.
  private void next() throws IOException {
    if (within && (one() != '\r' || one() != '\n')) {
      throw refusal("malformed chunked encoding: no end of line after a chunk");
    }
    within = true;
    left = size();
    if (left == 0) {
      trailers();
      ended = true;
      atEnd.run();
    }
  }

  private long size() throws IOException {
    long size = 0;
    int digits = 0;
    int c = one();
    for (int digit; (digit = Character.digit(c, 16)) >= 0 && c < 128; c = one()) {
      if (++digits > 15) {
        throw refusal("malformed chunked encoding: the size of a chunk is too large");
      }
      size = size << 4 | digit;
    }
    if (digits == 0 || (c != '\r' && c != ';' && c != ' ' && c != '\t')) {
      throw refusal("malformed chunked encoding: the size of a chunk is no hexadecimal number");
    }
    line(c, LONGEST_LINE);
    return size;
  }

  private void trailers() throws IOException {
    int room = LONGEST_TRAILERS;
    for (int n = line(one(), room); n > 0; n = line(one(), room)) {
      room -= n;
    }
  }

  /// Reads to the end of a line that goes on with `c`; the length of what was there.
  private int line(int c, int most) throws IOException {
    int n = 0;
    for (int b = c; b != '\r'; b = one()) {
      if (b == '\n') {
        throw refusal("malformed chunked encoding: a line feed without carriage return");
      }
      if (++n > most) {
        throw refusal("malformed chunked encoding: chunk extensions or trailers are too long");
      }
    }
    if (one() != '\n') {
      throw refusal("malformed chunked encoding: a carriage return without line feed");
    }
    return n;
  }

  private int one() throws IOException {
    int b = connection.read();
    if (b < 0) {
      throw refusal("unexpected EOF in a chunked body");
    }
    return b;
  }

  private IOException refusal(String why) {
    broken = why;
    return new IOException(why);
  }
}
