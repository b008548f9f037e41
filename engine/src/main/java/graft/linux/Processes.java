package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Processes that are not (or no longer) our children: waiting for them and signalling them by
/// pidfd, which cannot hit another process that got the same number later.
public final class Processes {
  private static final MethodHandle SYSCALL_2 =
      Native.variadic("syscall", 1, Native.LONG, Native.LONG, Native.LONG, Native.LONG);
  private static final MethodHandle SYSCALL_4 =
      Native.variadic(
          "syscall",
          1,
          Native.LONG,
          Native.LONG,
          Native.LONG,
          Native.LONG,
          Native.LONG,
          Native.LONG);
  private static final MethodHandle PRLIMIT =
      Native.call("prlimit", Native.INT, Native.INT, Native.INT, Native.PTR, Native.PTR);

  /// The same numbers on every architecture (they came after the tables were unified).
  private static final long PIDFD_SEND_SIGNAL = 424;

  private static final long PIDFD_OPEN = 434;

  private Processes() {}

  /// A descriptor that becomes readable when the process has ended. ESRCH if there is none.
  public static Descriptor open(int pid) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long fd = (long) SYSCALL_2.invokeExact(errno, PIDFD_OPEN, (long) pid, 0L);
      if (fd < 0) {
        throw new LinuxException("pidfd_open", "process " + pid, Native.errno(errno));
      }
      return Descriptor.of((int) fd, "process " + pid);
    } catch (Throwable t) {
      throw Descriptor.asIo(t);
    }
  }

  /// Sends a signal to the very process the descriptor was opened for.
  public static void signal(Descriptor pidfd, int signal) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long result =
          (long)
              SYSCALL_4.invokeExact(
                  errno, PIDFD_SEND_SIGNAL, (long) pidfd.number(), (long) signal, 0L, 0L);
      if (result < 0) {
        throw new LinuxException("pidfd_send_signal", "signal " + signal, Native.errno(errno));
      }
    } catch (Throwable t) {
      throw Descriptor.asIo(t);
    }
  }

  /// The hard limit of this process, by the kernel's number of the resource; -1 for none.
  public static long hardLimit(int resource) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment limits = arena.allocate(16, 8);
      if ((int) PRLIMIT.invokeExact(errno, 0, resource, MemorySegment.NULL, limits) < 0) {
        throw new LinuxException("prlimit", "resource " + resource, Native.errno(errno));
      }
      return limits.get(ValueLayout.JAVA_LONG, 8);
    } catch (Throwable t) {
      throw Descriptor.asIo(t);
    }
  }
}
