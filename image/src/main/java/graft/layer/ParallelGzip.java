package graft.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// One gzip member, packed on all processors: blocks of fixed size are deflated side by side, each
/// with the last 32 KiB before it as its dictionary, and joined at byte boundaries. So the result
/// does not depend on the number of processors, and any reader reads it.
///
/// Source: RFC 1952; the joining is zlib's Z_SYNC_FLUSH.
final class ParallelGzip extends OutputStream {
  private static final int BLOCK = 256 * 1024;
  private static final int WINDOW = 32 * 1024;

  private final OutputStream out;
  private final int level;
  private final int inFlight = Runtime.getRuntime().availableProcessors() + 1;
  private final Deque<FutureTask<byte[]>> packing = new ArrayDeque<>();
  private final CRC32 crc = new CRC32();
  private byte[] block = new byte[BLOCK];
  private int filled;
  private byte @Nullable [] window;
  private long size;
  private boolean closed;

  ParallelGzip(OutputStream out, int level) throws IOException {
    this.out = out;
    this.level = level;
    // No time and no name, so that the same input gives the same bytes.
    out.write(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255});
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (closed) {
      throw new IOException("the gzip stream is closed");
    }
    crc.update(bytes, offset, length);
    size += length;
    int at = offset;
    int left = length;
    while (left > 0) {
      if (filled == BLOCK) {
        submit(false);
      }
      int n = Math.min(left, BLOCK - filled);
      System.arraycopy(bytes, at, block, filled, n);
      filled += n;
      at += n;
      left -= n;
    }
  }

  private void submit(boolean last) throws IOException {
    byte[] input = block;
    int length = filled;
    byte[] dictionary = window;
    FutureTask<byte[]> task =
        new FutureTask<>(() -> deflate(input, length, dictionary, level, last));
    packing.addLast(task);
    Thread.ofVirtual().name("gzip").start(task);
    if (!last) {
      window = Arrays.copyOfRange(input, length - WINDOW, length);
      block = new byte[BLOCK];
      filled = 0;
    }
    while (packing.size() >= inFlight) {
      writeFirst();
    }
  }

  private static byte[] deflate(
      byte[] input, int length, byte @Nullable [] dictionary, int level, boolean last) {
    Deflater deflater = new Deflater(level, true);
    try {
      if (dictionary != null) {
        deflater.setDictionary(dictionary);
      }
      deflater.setInput(input, 0, length);
      if (last) {
        deflater.finish();
      }
      ByteArrayOutputStream packed = new ByteArrayOutputStream(BLOCK / 2);
      byte[] buffer = new byte[64 * 1024];
      while (true) {
        int n = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
        packed.write(buffer, 0, n);
        if (last ? deflater.finished() : n < buffer.length) {
          return packed.toByteArray();
        }
      }
    } finally {
      deflater.end();
    }
  }

  private void writeFirst() throws IOException {
    try {
      out.write(packing.removeFirst().get());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while packing");
    } catch (ExecutionException e) {
      throw new IOException("cannot pack: " + e.getCause(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (out) {
      submit(true);
      while (!packing.isEmpty()) {
        writeFirst();
      }
      byte[] trailer = new byte[8];
      littleEndian(trailer, 0, crc.getValue());
      littleEndian(trailer, 4, size);
      out.write(trailer);
    }
  }

  private static void littleEndian(byte[] into, int at, long value) {
    for (int i = 0; i < 4; i++) {
      into[at + i] = (byte) (value >>> (8 * i));
    }
  }
}
