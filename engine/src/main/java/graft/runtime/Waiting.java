package graft.runtime;

import java.io.IOException;
import java.io.InterruptedIOException;

/// Blocking calls of the contract that are not declared interruptible end as I/O that was.
final class Waiting {
  private Waiting() {}

  interface Work<T> {
    T call() throws IOException, InterruptedException;
  }

  static <T> T on(Work<T> work) throws IOException {
    try {
      return work.call();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while waiting for the runtime").initCause(e);
    }
  }
}
