package graft.layer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/// The gzip form of a stream, made on all processors: the input is cut into blocks, each is
/// deflated with the end of the one before as its dictionary, and the pieces are joined on byte
/// boundaries into one ordinary gzip member. The same input gives the same bytes, however many
/// processors there are.
///
/// Source: RFC 1951 and 1952; the way of cutting is that of pigz.
public final class GzipInput extends InputStream {
  private static final int BLOCK = 512 * 1024;
  private static final int WINDOW = 32 * 1024;
  private static final int LEVEL = 5;
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 255};

  private final InputStream in;
  private final ExecutorService threads;
  private final int ahead = Runtime.getRuntime().availableProcessors() * 2;
  private final Deque<Future<byte[]>> pieces = new ArrayDeque<>();
  private final CRC32 crc = new CRC32();
  private long length;
  private byte[] dictionary = new byte[0];
  private byte[] current = HEADER;
  private int at;
  private boolean read;
  private boolean trailer;

  public GzipInput(InputStream in) {
    this.in = in;
    // Deflating is work for processors: platform threads, as many as there are of those.
    this.threads =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(), Thread.ofPlatform().daemon().factory());
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int count) throws IOException {
    while (at == current.length) {
      if (!next()) {
        return -1;
      }
    }
    int n = Math.min(count, current.length - at);
    System.arraycopy(current, at, buffer, offset, n);
    at += n;
    return n;
  }

  private boolean next() throws IOException {
    while (!read && pieces.size() < ahead) {
      submit();
    }
    at = 0;
    Future<byte[]> piece = pieces.poll();
    if (piece != null) {
      current = result(piece);
      return true;
    }
    if (trailer) {
      current = new byte[0];
      return false;
    }
    trailer = true;
    current = new byte[8];
    for (int i = 0; i < 4; i++) {
      current[i] = (byte) (crc.getValue() >>> 8 * i);
      current[4 + i] = (byte) (length >>> 8 * i);
    }
    return true;
  }

  private void submit() throws IOException {
    byte[] block = in.readNBytes(BLOCK);
    boolean last = block.length < BLOCK;
    read = last;
    crc.update(block);
    length += block.length;
    byte[] before = dictionary;
    dictionary = Arrays.copyOfRange(block, Math.max(0, block.length - WINDOW), block.length);
    pieces.add(threads.submit(() -> deflate(block, before, last)));
  }

  private static byte[] deflate(byte[] block, byte[] dictionary, boolean last) {
    Deflater deflater = new Deflater(LEVEL, true);
    try {
      if (dictionary.length > 0) {
        deflater.setDictionary(dictionary);
      }
      deflater.setInput(block);
      if (last) {
        deflater.finish();
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream(block.length / 2 + 64);
      byte[] buffer = new byte[64 * 1024];
      int flush = last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH;
      int n = deflater.deflate(buffer, 0, buffer.length, flush);
      while (n > 0) {
        out.write(buffer, 0, n);
        // A sync flush is complete when the buffer was not filled.
        if (!last && n < buffer.length) {
          break;
        }
        n = deflater.deflate(buffer, 0, buffer.length, flush);
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static byte[] result(Future<byte[]> piece) throws IOException {
    try {
      return piece.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while packing", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot pack", e.getCause());
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    in.close();
  }
}
