package graft.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Wakes those who follow a log when something in its directory changed. One inotify instance and
/// one thread serve all of them (the kernel gives a user only 128 instances).
final class LogWatch implements Closeable {
  private static final Object LOCK = new Object();
  private static final Map<Path, Set<LogWatch>> FOLLOWERS = new HashMap<>();
  private static final Map<WatchKey, Path> KEYS = new HashMap<>();
  private static @Nullable WatchService service;

  private final Path directory;
  private final Semaphore changed = new Semaphore(0);

  private LogWatch(Path directory) {
    this.directory = directory;
  }

  static LogWatch on(@Nullable Path directory) throws IOException {
    if (directory == null) {
      throw new IOException("watch a log: it lies in no directory");
    }
    LogWatch watch = new LogWatch(directory);
    synchronized (LOCK) {
      WatchService all = service;
      if (all == null) {
        all = FileSystems.getDefault().newWatchService();
        service = all;
        WatchService started = all;
        Thread.ofPlatform().daemon().name("graft-logs").start(() -> run(started));
      }
      Set<LogWatch> followers = FOLLOWERS.get(directory);
      if (followers == null) {
        WatchKey key =
            directory.register(
                all, StandardWatchEventKinds.ENTRY_MODIFY, StandardWatchEventKinds.ENTRY_CREATE);
        KEYS.put(key, directory);
        followers = new HashSet<>();
        FOLLOWERS.put(directory, followers);
      }
      followers.add(watch);
    }
    return watch;
  }

  private static void run(WatchService all) {
    try {
      while (true) {
        WatchKey key = all.take();
        key.pollEvents();
        key.reset();
        synchronized (LOCK) {
          Path directory = KEYS.get(key);
          if (directory != null) {
            FOLLOWERS.getOrDefault(directory, Set.of()).forEach(LogWatch::wake);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void wake() {
    if (changed.availablePermits() == 0) {
      changed.release();
    }
  }

  void await() throws InterruptedException {
    changed.acquire();
  }

  boolean await(long millis) throws InterruptedException {
    return changed.tryAcquire(millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    synchronized (LOCK) {
      Set<LogWatch> followers = FOLLOWERS.get(directory);
      if (followers == null || !followers.remove(this) || !followers.isEmpty()) {
        return;
      }
      FOLLOWERS.remove(directory);
      KEYS.entrySet()
          .removeIf(entry -> {
            if (entry.getValue().equals(directory)) {
              entry.getKey().cancel();
              return true;
            }
            return false;
          });
    }
  }
}
