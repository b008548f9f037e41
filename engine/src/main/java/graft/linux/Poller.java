package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// The one thread that sits in epoll_wait for every [Descriptor]. It only releases semaphores, so
/// it never waits for anybody.
final class Poller {
  private static final Native.Function CREATE = Native.ofInt("epoll_create1", 1);
  private static final Native.Function CTL = Native.ofInt("epoll_ctl", 4);
  private static final Native.Function WAIT = Native.ofInt("epoll_wait", 4);

  private static final int EPOLL_CLOEXEC = 0x80000;
  private static final int ADD = 1;
  private static final int IN = 1;
  private static final int OUT = 4;
  private static final int ERR = 8;
  private static final int HUP = 0x10;
  private static final int RDHUP = 0x2000;
  private static final int EDGE = 1 << 31;
  private static final int BATCH = 64;

  /// `struct epoll_event` is packed on x86-64 only.
  private static final boolean PACKED = System.getProperty("os.arch", "").equals("amd64");

  private static final int DATA = PACKED ? 4 : 8;
  private static final int SIZE = PACKED ? 12 : 16;

  private static final Map<Long, Descriptor> WATCHED = new ConcurrentHashMap<>();
  private static final AtomicLong KEYS = new AtomicLong();

  private static final class Holder {
    static final int EPOLL = start();
  }

  private Poller() {}

  static Long add(Descriptor descriptor, int fd) throws IOException {
    Long key = KEYS.incrementAndGet();
    WATCHED.put(key, descriptor);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment event = arena.allocate(SIZE);
      event.set(ValueLayout.JAVA_INT_UNALIGNED, 0, IN | OUT | RDHUP | EDGE);
      event.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA, key);
      if (CTL.call(errno, Holder.EPOLL, ADD, fd, event.address()) < 0) {
        WATCHED.remove(key);
        throw new LinuxException("epoll_ctl", "descriptor " + fd, Native.errno(errno));
      }
      return key;
    }
  }

  /// The kernel forgets a descriptor when it is closed.
  static void remove(Long key) {
    WATCHED.remove(key);
  }

  private static int start() {
    int epoll;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      epoll = (int) CREATE.call(errno, EPOLL_CLOEXEC);
      if (epoll < 0) {
        throw new IllegalStateException("epoll_create1: " + Errno.text(Native.errno(errno)));
      }
    }
    Thread.ofPlatform().daemon().name("graft-poller").start(() -> run(epoll));
    return epoll;
  }

  private static void run(int epoll) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment events = arena.allocate((long) SIZE * BATCH);
      while (true) {
        int n = (int) WAIT.call(errno, epoll, events.address(), BATCH, -1);
        if (n < 0 && Native.errno(errno) != Errno.EINTR) {
          throw new IllegalStateException("epoll_wait: " + Errno.text(Native.errno(errno)));
        }
        for (int i = 0; i < n; i++) {
          long at = (long) i * SIZE;
          int mask = events.get(ValueLayout.JAVA_INT_UNALIGNED, at);
          Descriptor descriptor =
              WATCHED.get(events.get(ValueLayout.JAVA_LONG_UNALIGNED, at + DATA));
          if (descriptor != null) {
            boolean gone = (mask & (ERR | HUP)) != 0;
            descriptor.ready(gone || (mask & (IN | RDHUP)) != 0, gone || (mask & OUT) != 0);
          }
        }
      }
    }
  }
}
