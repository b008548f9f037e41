package graft.registry;

import java.time.Duration;

/// Closes a stream whose other end has fallen silent, so that the reader's call fails and it can
/// try again. The JDK's client has no time limit for bodies.
final class Watch implements AutoCloseable {
  private static final Duration SILENCE = Duration.ofSeconds(60);
  private final BlobStream stream;
  private final Thread thread;
  private volatile long last = System.nanoTime();

  Watch(BlobStream stream) {
    this.stream = stream;
    this.thread = Thread.ofVirtual().name("registry-watch").start(this::run);
  }

  void moved() {
    last = System.nanoTime();
  }

  private void run() {
    try {
      while (true) {
        long left = SILENCE.toNanos() - (System.nanoTime() - last);
        if (left <= 0) {
          stream.abort();
          return;
        }
        Thread.sleep(Duration.ofNanos(left));
      }
    } catch (InterruptedException _) {
      // the reader is done
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
