package graft.runtime;

import graft.linux.Descriptor;
import graft.linux.Errno;
import graft.linux.LinuxException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The streams of a process whose pipes or terminal end here, in the engine.
///
/// The output is over when nobody has it open any more, or two seconds after the process ended,
/// whatever its children still hold, as with dockerd. A client that leaves does not hurt the
/// process: what it still writes is read and dropped until its end.
final class LocalStreams implements Runtime.Streams {
  private static final long GRACE_NANOS = 2_000_000_000L;
  private static final int PIECE = 32 * 1024;

  private final @Nullable Descriptor input;
  private final Map<Source, Descriptor> outputs;
  private final boolean terminal;
  private final Semaphore news;
  private final ReentrantLock reading = new ReentrantLock();
  private final byte[] buffer = new byte[PIECE];
  private volatile long ended = Long.MAX_VALUE;
  private volatile boolean left;

  private LocalStreams(
      @Nullable Descriptor input,
      Map<Source, Descriptor> outputs,
      boolean terminal,
      Semaphore news) {
    this.input = input;
    this.outputs = outputs;
    this.terminal = terminal;
    this.news = news;
  }

  /// @param news gets a permit when one of the outputs can be read
  static LocalStreams pipes(
      Optional<Descriptor> input, Descriptor output, Descriptor errors, Semaphore news) {
    Map<Source, Descriptor> outputs = new EnumMap<>(Source.class);
    outputs.put(Source.STDOUT, output);
    outputs.put(Source.STDERR, errors);
    return new LocalStreams(input.orElse(null), outputs, false, news);
  }

  static LocalStreams terminal(Descriptor master, Semaphore news) {
    Map<Source, Descriptor> outputs = new EnumMap<>(Source.class);
    outputs.put(Source.STDOUT, master);
    return new LocalStreams(master, outputs, true, news);
  }

  /// Those of a process that has none.
  static LocalStreams none() {
    return new LocalStreams(null, new EnumMap<>(Source.class), false, new Semaphore(0));
  }

  /// Called once, when the process has ended.
  void processEnded() {
    ended = System.nanoTime();
    news.release();
  }

  @Override
  public Optional<Chunk> next() throws IOException {
    reading.lock();
    try {
      return next(false);
    } finally {
      reading.unlock();
    }
  }

  private Optional<Chunk> next(boolean dropping) throws IOException {
    while (true) {
      if (left && !dropping) {
        throw new IOException("the streams of the process are closed");
      }
      // Asked before the pipes are: what the process wrote before its end is in them by now.
      long end = ended;
      for (Source source : Source.values()) {
        Descriptor output = outputs.get(source);
        if (output == null) {
          continue;
        }
        int n = read(output);
        if (n > 0) {
          return Optional.of(new Chunk(source, ByteBuffer.wrap(Arrays.copyOf(buffer, n))));
        }
        if (n < 0) {
          outputs.remove(source);
          output.close();
        }
      }
      if (outputs.isEmpty()) {
        return Optional.empty();
      }
      if (end == Long.MAX_VALUE) {
        await(Long.MAX_VALUE);
      } else if (System.nanoTime() - end < GRACE_NANOS) {
        await(GRACE_NANOS - (System.nanoTime() - end));
      } else {
        return Optional.empty();
      }
    }
  }

  private int read(Descriptor output) throws IOException {
    try {
      return output.readNow(buffer, 0, buffer.length);
    } catch (LinuxException e) {
      if (terminal && e.errno() == Errno.EIO) {
        return -1; // nobody has the other end of the terminal open
      }
      throw e;
    }
  }

  private void await(long nanos) throws IOException {
    try {
      boolean heard = news.tryAcquire(nanos, TimeUnit.NANOSECONDS);
      assert heard || nanos < Long.MAX_VALUE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while waiting for output").initCause(e);
    }
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (input == null || length == 0) {
      return;
    }
    try {
      input.write(bytes, offset, length);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EPIPE && e.errno() != Errno.EIO) {
        throw e;
      }
      return; // nobody reads any more
    }
  }

  /// A terminal has no end of input: its two directions are one.
  @Override
  public void closeStdin() {
    if (input != null && !terminal) {
      input.close();
    }
  }

  @Override
  public void close() {
    if (left) {
      return;
    }
    left = true;
    closeStdin();
    news.release();
    Thread.ofVirtual().name("graft-exec-rest").start(this::drop);
  }

  private void drop() {
    reading.lock();
    try {
      while (next(true).isPresent()) {
        // Nobody listens any more.
      }
    } catch (IOException e) {
      // A pipe that cannot be read is as good as one at its end.
      return;
    } finally {
      outputs.values().forEach(Descriptor::close);
      outputs.clear();
      reading.unlock();
    }
  }
}
