package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/// Processes that are not (or no longer) our children: waiting for them and signalling them by
/// pidfd, which cannot hit another process that got the same number later.
public final class Processes {
  private static final Native.Function SYSCALL_3 = Native.ofLong("syscall", 3);
  private static final Native.Function SYSCALL_5 = Native.ofLong("syscall", 5);
  private static final Native.Function PRLIMIT = Native.ofInt("prlimit", 4);

  /// The same numbers on every architecture (they came after the tables were unified).
  private static final long PIDFD_SEND_SIGNAL = 424;

  private static final long PIDFD_OPEN = 434;

  private static final Native.Function EXECVE = Native.ofInt("execve", 3);

  private Processes() {}

  /// Becomes another program: same process, other code. Returns only by an exception.
  ///
  /// @param command the first is an absolute path
  public static IOException become(List<String> command, Map<String, String> environment) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      List<String> variables =
          environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
      EXECVE.call(
          errno,
          Native.string(arena, command.getFirst()),
          Native.strings(arena, command),
          Native.strings(arena, variables));
      return new LinuxException("become", command.getFirst(), Native.errno(errno));
    }
  }

  /// A descriptor that becomes readable when the process has ended. ESRCH if there is none.
  public static Descriptor open(int pid) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long fd = SYSCALL_3.call(errno, PIDFD_OPEN, pid, 0);
      if (fd < 0) {
        throw new LinuxException("pidfd_open", "process " + pid, Native.errno(errno));
      }
      return Descriptor.of((int) fd, "process " + pid);
    }
  }

  /// Sends a signal to the very process the descriptor was opened for.
  public static void signal(Descriptor pidfd, int signal) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long result = SYSCALL_5.call(errno, PIDFD_SEND_SIGNAL, pidfd.number(), signal, 0, 0);
      if (result < 0) {
        throw new LinuxException("pidfd_send_signal", "signal " + signal, Native.errno(errno));
      }
    }
  }

  /// The hard limit of this process, by the kernel's number of the resource; -1 for none.
  public static long hardLimit(int resource) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment limits = arena.allocate(16, 8);
      if (PRLIMIT.call(errno, 0, resource, 0, limits.address()) < 0) {
        throw new LinuxException("prlimit", "resource " + resource, Native.errno(errno));
      }
      return limits.get(ValueLayout.JAVA_LONG, 8);
    }
  }
}
