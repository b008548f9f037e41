package graft.snapshot;

import graft.linux.Fd;
import graft.linux.LinuxFiles;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Sends to the disk what a batch has written while it goes on writing. Left to itself the kernel
/// keeps gigabytes in memory until the one sync at the end, which then takes as long as all the
/// rest did: processors wait for the disk that waited for them.
///
/// It only moves work forward: what is durable, and when, is the business of the sync at the end.
final class WriteBehind implements Closeable {
  private static final long STEP = 256L << 20;

  private final Fd directory;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicBoolean running = new AtomicBoolean();
  private volatile @Nullable Thread last;

  /// @param directory of the file system; stays the caller's
  WriteBehind(Fd directory) {
    this.directory = directory;
  }

  /// Hears how much of one layer has been read so far; to be called for several at once.
  LongConsumer meter() {
    long[] before = new long[1];
    return now -> {
      long total = written.addAndGet(now - before[0]);
      before[0] = now;
      if (total - sent.get() >= STEP && running.compareAndSet(false, true)) {
        send(total);
      }
    };
  }

  /// On a platform thread: the call sits in the kernel for as long as the disk takes.
  private void send(long total) {
    sent.set(total);
    last =
        Thread.ofPlatform()
            .daemon()
            .name("write-behind")
            .start(() -> {
              try {
                LinuxFiles.syncfs(directory);
              } catch (IOException e) {
                // The sync at the end meets the same trouble, and somebody hears of it there.
                return;
              } finally {
                running.set(false);
              }
            });
  }

  /// Waits until the descriptor is not in use any more.
  @Override
  public void close() {
    Thread thread = last;
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
