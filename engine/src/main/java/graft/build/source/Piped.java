package graft.build.source;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A tar that is written on one thread and read on another, and never whole anywhere.
public final class Piped {
  private static final int PIPE = 1 << 20;

  public interface Writer {
    void write(OutputStream tar) throws IOException, InterruptedException;
  }

  public interface Reader<T> {
    T read(InputStream tar) throws IOException, InterruptedException;
  }

  private Piped() {}

  public static <T> T run(Writer writer, Reader<T> reader)
      throws IOException, InterruptedException {
    PipedInputStream tar = new PipedInputStream(PIPE);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      PipedOutputStream out = new PipedOutputStream(tar);
      Future<?> writing =
          threads.submit(() -> {
            try (out) {
              writer.write(out);
            }
            return null;
          });
      try {
        T result = reader.read(tar);
        writing.get();
        return result;
      } catch (IOException | RuntimeException e) {
        tar.close(); // else the writer would wait for ever
        throw whyNot(writing, e);
      } catch (InterruptedException e) {
        writing.cancel(true);
        tar.close();
        throw e;
      } catch (ExecutionException e) {
        throw unwrapped(e);
      }
    }
  }

  /// A writer that failed leaves a cut-off tar: its own failure says more than the reader's.
  private static IOException whyNot(Future<?> writing, Exception seen)
      throws InterruptedException, IOException {
    try {
      writing.get();
    } catch (ExecutionException e) {
      boolean closed =
          e.getCause() instanceof IOException io && "Pipe closed".equals(io.getMessage());
      if (!closed) {
        throw unwrapped(e);
      }
    }
    if (seen instanceof RuntimeException r) {
      throw r;
    }
    return (IOException) seen;
  }

  private static IOException unwrapped(ExecutionException e) {
    if (e.getCause() instanceof RuntimeException r) {
      throw r;
    }
    return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
  }
}
