package graft.container;

import graft.runtime.Runtime.Streams;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Streams of a container that has not been started yet: reading and writing block until it is.
final class PendingStreams implements Streams {
  private @Nullable Streams joined;
  private boolean closed;

  /// Called by the start, before the process runs, so that no output is missed.
  synchronized void join(Streams streams) throws IOException {
    if (closed) {
      streams.close();
      return;
    }
    joined = streams;
    notifyAll();
  }

  /// The start failed, or the container went away: there will be no output.
  synchronized void abandon() {
    closed = true;
    notifyAll();
  }

  private @Nullable Streams await() throws IOException {
    synchronized (this) {
      while (joined == null && !closed) {
        try {
          wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while waiting for the container to start", e);
        }
      }
      return closed ? null : joined;
    }
  }

  @Override
  public Optional<Chunk> next() throws IOException {
    Streams streams = await();
    return streams == null ? Optional.empty() : streams.next();
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Streams streams = await();
    if (streams != null) {
      streams.write(bytes, offset, length);
    }
  }

  @Override
  public void closeStdin() throws IOException {
    Streams streams = await();
    if (streams != null) {
      streams.closeStdin();
    }
  }

  @Override
  public void close() throws IOException {
    Streams streams;
    synchronized (this) {
      closed = true;
      streams = joined;
      notifyAll();
    }
    if (streams != null) {
      streams.close();
    }
  }
}
