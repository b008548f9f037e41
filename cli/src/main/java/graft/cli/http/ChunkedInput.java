package graft.cli.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The chunked coding, decoded.
final class ChunkedInput extends InputStream {
  private final InputStream in;
  private long left;
  private boolean started;
  private boolean ended;

  ChunkedInput(InputStream in) {
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int from, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (left == 0 && !ended) {
      nextChunk();
    }
    if (ended) {
      return -1;
    }
    int count = in.read(bytes, from, (int) Math.min(left, length));
    if (count < 0) {
      throw new EOFException("the engine closed the connection in the middle of its answer");
    }
    left -= count;
    return count;
  }

  private void nextChunk() throws IOException {
    if (started) {
      Connection.line(in);
    }
    started = true;
    String size = Connection.line(in);
    int end = size.indexOf(';');
    try {
      left = Long.parseLong((end < 0 ? size : size.substring(0, end)).strip(), 16);
    } catch (NumberFormatException e) {
      throw new IOException("the engine sent the chunk size \"" + size + "\"", e);
    }
    if (left < 0) {
      throw new IOException("the engine sent the chunk size \"" + size + "\"");
    }
    if (left == 0) {
      ended = true;
      String trailer;
      do {
        trailer = Connection.line(in);
      } while (!trailer.isEmpty());
    }
  }
}
