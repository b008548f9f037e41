package graft.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// The packed form of a stream, made on all processors: the input is cut into blocks of 1 MiB, each
/// of which becomes a gzip member or a zstd frame of its own. In a row they are one file (RFC 1952,
/// section 2.2; RFC 8878, section 3). The same input and packer give the same bytes, however many
/// processors there are.
public final class PackedInput extends InputStream {
  private static final int BLOCK = 1024 * 1024;

  private final InputStream in;
  private final BlockPacker packer;
  private final ExecutorService threads;
  private final int ahead = Runtime.getRuntime().availableProcessors() * 2;
  private final Deque<Future<byte[]>> members = new ArrayDeque<>();
  private byte[] current = new byte[0];
  private int at;
  private boolean any;
  private boolean read;

  public PackedInput(InputStream in, BlockPacker packer) {
    this.in = in;
    this.packer = packer;
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
      while (!read && members.size() < ahead) {
        submit();
      }
      Future<byte[]> member = members.poll();
      if (member == null) {
        return -1;
      }
      current = result(member);
      at = 0;
    }
    int n = Math.min(count, current.length - at);
    System.arraycopy(current, at, buffer, offset, n);
    at += n;
    return n;
  }

  private void submit() throws IOException {
    byte[] block = in.readNBytes(BLOCK);
    read = block.length < BLOCK;
    // Nothing at all is one empty block; an empty rest after full blocks is none.
    if (block.length > 0 || !any) {
      any = true;
      members.add(threads.submit(() -> packer.pack(block)));
    }
  }

  private static byte[] result(Future<byte[]> member) throws IOException {
    try {
      return member.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while packing", e);
    } catch (ExecutionException e) {
      throw new IOException("cannot pack: " + e.getCause(), e);
    }
  }

  @Override
  public void close() throws IOException {
    threads.shutdownNow();
    in.close();
  }
}
