package graft.docker;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.management.VirtualThreadSchedulerMXBean;

/// The threads that carry the virtual ones. A call of the kernel's or of SQLite's keeps the carrier
/// of its virtual thread until the disk has done it, and the JDK makes up for few of them: not for
/// `mkdir` and `open`, let alone for native calls of ours. By default there are as many carriers as
/// processors, so that two writes to a disk that is stuck would keep the engine from answering
/// anybody.
///
/// There are more from the start, therefore; and a platform thread looks, once a second, whether a
/// virtual thread that is started now runs. If it does not, all carriers are held, and there have
/// to be more. That is so for whatever holds them, where a pool for each kind of call would have to
/// know all of them, and cost each a change of threads: a layer makes ten thousand.
final class Carriers {
  /// What the JDK reads when the first virtual thread starts.
  private static final String PARALLELISM = "jdk.virtualThreadScheduler.parallelism";

  private static final int LEAST = 32;

  /// So many there are above those that are held.
  private static final int MORE = 32;

  /// Each of them takes about 100 KB. Of clients there may be more, but hardly of those who wait
  /// for a disk.
  private static final int MOST = 2048;

  private static final Duration OFTEN = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private Carriers() {}

  /// To be called before the first virtual thread is started.
  static void provide() {
    if (System.getProperty(PARALLELISM) == null) {
      int wanted = Math.max(LEAST, 4 * Runtime.getRuntime().availableProcessors());
      System.setProperty(PARALLELISM, Integer.toString(wanted));
    }
    Thread.ofPlatform().daemon().name("carriers").start(Carriers::watch);
  }

  private static void watch() {
    try {
      while (true) {
        Thread.sleep(OFTEN);
        if (!areFree()) {
          watchClosely();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Has more carriers than are held, until those that there were are enough.
  private static void watchClosely() throws InterruptedException {
    VirtualThreadSchedulerMXBean scheduler =
        ManagementFactory.getPlatformMXBean(VirtualThreadSchedulerMXBean.class);
    int before = scheduler.getParallelism();
    do {
      int held = scheduler.getMountedVirtualThreadCount();
      int wanted = held < before ? before : Math.clamp(held + MORE, before, Math.max(before, MOST));
      scheduler.setParallelism(wanted);
      if (areFree()) {
        Thread.sleep(OFTEN);
      }
    } while (scheduler.getParallelism() > before);
  }

  /// Whether a virtual thread that is started now runs. It is started by a thread of its own, which
  /// puts it into a queue of its own, most likely: only then does the JDK see that a carrier is
  /// wanted, where others wait already (ForkJoinPool, "Signalling").
  private static boolean areFree() throws InterruptedException {
    CountDownLatch runs = new CountDownLatch(1);
    Thread.ofPlatform().daemon().start(() -> Thread.ofVirtual().start(runs::countDown));
    return runs.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }
}
