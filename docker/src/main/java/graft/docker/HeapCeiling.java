package graft.docker;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.util.Optional;
import javax.management.NotificationEmitter;

/// Keeps the heap near what lives in it. The serial collector looks through old objects only when
/// all the heap it may have is full: after one large build it would hold hundreds of megabytes of
/// what nobody needs until the engine ends. A collection takes tens of milliseconds, since little
/// lives.
final class HeapCeiling {
  /// As much garbage is let be, in bytes.
  private static final long SLACK = 64L << 20;

  private HeapCeiling() {}

  /// With other collectors, which give back what they do not need themselves, does nothing.
  static void keep() {
    Optional<MemoryPoolMXBean> old =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(p -> p.getType() == MemoryType.HEAP && p.getName().equals("Tenured Gen"))
            .filter(MemoryPoolMXBean::isUsageThresholdSupported)
            .findFirst();
    if (old.isEmpty()
        || !(ManagementFactory.getMemoryMXBean() instanceof NotificationEmitter emitter)) {
      return;
    }
    MemoryPoolMXBean pool = old.get();
    emitter.addNotificationListener(
        (_, _) -> {
          System.gc();
          next(pool);
        },
        n -> n.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED),
        null);
    next(pool);
  }

  private static void next(MemoryPoolMXBean pool) {
    long most = pool.getUsage().getMax();
    long wanted = 2 * pool.getUsage().getUsed() + SLACK;
    pool.setUsageThreshold(most < 0 ? wanted : Math.min(most, wanted));
  }
}
