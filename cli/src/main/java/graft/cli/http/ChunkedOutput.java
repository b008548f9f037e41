package graft.cli.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// The chunked coding. What is written becomes chunks of the buffer's size, or what a flush finds.
final class ChunkedOutput extends OutputStream {
  /// For the length before what is in the buffer, and the end of the line after it.
  private static final int HEAD = 8;

  private static final int SIZE = 32 << 10;

  private final OutputStream out;
  private final byte[] buffer = new byte[HEAD + SIZE + 2];
  private int count;

  ChunkedOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    if (count == SIZE) {
      flush();
    }
    buffer[HEAD + count++] = (byte) b;
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    int done = 0;
    while (done < length) {
      if (count == SIZE) {
        flush();
      }
      int part = Math.min(length - done, SIZE - count);
      System.arraycopy(bytes, from + done, buffer, HEAD + count, part);
      count += part;
      done += part;
    }
  }

  /// One write a chunk, so that a reader never sees half of the coding of a small one.
  @Override
  public void flush() throws IOException {
    if (count > 0) {
      byte[] head = (Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      int start = HEAD - head.length;
      System.arraycopy(head, 0, buffer, start, head.length);
      buffer[HEAD + count] = '\r';
      buffer[HEAD + count + 1] = '\n';
      out.write(buffer, start, head.length + count + 2);
      count = 0;
    }
  }

  void finish() throws IOException {
    flush();
    out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }
}
