package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CompletableFuture;

/// Reads what only a tracer can see of a process.
public final class Traced {
  private static final Native.Function PTRACE = Native.ofLong("ptrace", 4);
  private static final Native.Function WAITPID = Native.ofInt("waitpid", 3);
  private static final int SEIZE = 0x4206;
  private static final int INTERRUPT = 0x4207;
  private static final int SECCOMP_GET_FILTER = 0x420c;
  private static final int DETACH = 17;
  private static final int WALL = 0x40000000;

  private Traced() {}

  /// The instructions of the system call filter that was installed last; needs
  /// CONFIG_CHECKPOINT_RESTORE.
  public static byte[] filter(int pid) throws Exception {
    CompletableFuture<byte[]> result = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(() -> {
          try {
            result.complete(traced(pid)); // the tracer is a thread
          } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return result.get();
  }

  private static byte[] traced(int pid) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment status = arena.allocate(4);
      check(PTRACE.call(errno, SEIZE, pid, 0, 0), errno);
      check(PTRACE.call(errno, INTERRUPT, pid, 0, 0), errno);
      check(WAITPID.call(errno, pid, status.address(), WALL), errno);
      MemorySegment program = arena.allocate(4096 * 8L, 8);
      long n = PTRACE.call(errno, SECCOMP_GET_FILTER, pid, 0, program.address());
      int code = Native.errno(errno);
      check(PTRACE.call(errno, DETACH, pid, 0, 0), errno);
      if (n < 0) {
        throw new LinuxException("ptrace", "get filter", code);
      }
      return program.asSlice(0, n * 8).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void check(long result, MemorySegment errno) throws IOException {
    if (result < 0) {
      throw new LinuxException("ptrace", "", Native.errno(errno));
    }
  }
}
