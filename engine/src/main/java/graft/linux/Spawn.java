package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Starts a program by posix_spawn, with exactly the descriptors it is meant to have: standard
/// input is /dev/null, those given are put at their numbers, everything else of this process is
/// closed. Signals are unblocked and at their defaults, and the program leads a session of its own,
/// so that a signal to the engine's terminal does not reach it.
public final class Spawn {
  private static final Native.Function SPAWN = Native.ofInt("posix_spawn", 6);
  private static final Native.Function ACTIONS_INIT =
      Native.ofInt("posix_spawn_file_actions_init", 1);
  private static final Native.Function ACTIONS_DESTROY =
      Native.ofInt("posix_spawn_file_actions_destroy", 1);
  private static final Native.Function ADD_OPEN =
      Native.ofInt("posix_spawn_file_actions_addopen", 5);
  private static final Native.Function ADD_DUP2 =
      Native.ofInt("posix_spawn_file_actions_adddup2", 3);
  private static final Native.Function ADD_CHDIR =
      Native.ofInt("posix_spawn_file_actions_addchdir_np", 2);
  private static final Native.Function ADD_CLOSE_FROM =
      Native.ofInt("posix_spawn_file_actions_addclosefrom_np", 2);
  private static final Native.Function ATTR_INIT = Native.ofInt("posix_spawnattr_init", 1);
  private static final Native.Function ATTR_DESTROY = Native.ofInt("posix_spawnattr_destroy", 1);
  private static final Native.Function SET_FLAGS = Native.ofInt("posix_spawnattr_setflags", 2);
  private static final Native.Function SET_MASK = Native.ofInt("posix_spawnattr_setsigmask", 2);
  private static final Native.Function SET_DEFAULT =
      Native.ofInt("posix_spawnattr_setsigdefault", 2);
  private static final Native.Function WAITPID = Native.ofInt("waitpid", 3);

  private static final short FLAGS = (short) (0x04 | 0x08 | 0x80); // SETSIGDEF, SETSIGMASK, SETSID
  private static final int SIGSET = 128;
  private static final int ACTIONS_SIZE = 128;
  private static final int ATTR_SIZE = 512;
  private static final int O_RDWR = 2;

  private Spawn() {}

  /// A child of ours. A thread of its own waits for its end from the start, so that none stays as a
  /// zombie, whatever becomes of those who want to know how it ended: they may be interrupted, or
  /// fail before they ask.
  public static final class Child {
    private final int pid;
    private final Descriptor pidfd;
    private final CompletableFuture<Integer> end = new CompletableFuture<>();
    private boolean taken;

    private Child(int pid, Descriptor pidfd) {
      this.pid = pid;
      this.pidfd = pidfd;
    }

    public int pid() {
      return pid;
    }

    static Child of(int pid) throws IOException {
      Child child = new Child(pid, Processes.open(pid));
      Thread.ofVirtual().name("graft-child-" + pid).start(child::reap);
      return child;
    }

    private void reap() {
      try {
        pidfd.awaitReadable();
        end.complete(taken());
      } catch (IOException | InterruptedException e) {
        end.completeExceptionally(e);
      }
    }

    /// From here on its number may be another process's; under the lock of [#kill], therefore.
    private synchronized int taken() throws IOException {
      try (pidfd;
          Arena arena = Arena.ofConfined()) {
        MemorySegment errno = Native.errnoBuffer(arena);
        MemorySegment status = arena.allocate(4);
        taken = true;
        if (WAITPID.call(errno, pid, status.address(), 0) < 0) {
          throw new LinuxException("waitpid", "process " + pid, Native.errno(errno));
        }
        int word = status.get(ValueLayout.JAVA_INT, 0);
        int signal = word & 0x7f;
        return signal == 0 ? (word >> 8) & 0xff : 128 + signal;
      }
    }

    /// Sends a signal to it, and to no other process that got its number later. ESRCH if it has
    /// ended.
    public synchronized void kill(int signal) throws IOException {
      if (taken) {
        throw new LinuxException("pidfd_send_signal", "process " + pid, Errno.ESRCH);
      }
      Processes.signal(pidfd, signal);
    }

    /// Waits for the end: the exit code, or 128 + the signal. Who was interrupted may wait again.
    public int await() throws IOException, InterruptedException {
      try {
        return end.get();
      } catch (ExecutionException e) {
        throw new IOException("await process " + pid + ": " + e.getMessage(), e);
      }
    }
  }

  /// @param descriptors which of ours becomes which number of the child's; the numbers must be
  ///   dense up from 1 (standard output and error that are not given are /dev/null)
  public static Child start(
      List<String> command,
      Map<String, String> environment,
      Path directory,
      Map<Integer, Descriptor> descriptors)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long actions = arena.allocate(ACTIONS_SIZE, 16).address();
      long attributes = arena.allocate(ATTR_SIZE, 16).address();
      check(ACTIONS_INIT.call(errno, actions));
      check(ATTR_INIT.call(errno, attributes));
      try {
        long none = Native.string(arena, "/dev/null");
        int top = 2;
        for (int number : descriptors.keySet()) {
          top = Math.max(top, number);
        }
        for (int number = 0; number <= top; number++) {
          Descriptor ours = descriptors.get(number);
          if (ours != null) {
            check(ADD_DUP2.call(errno, actions, ours.number(), number));
          } else {
            check(ADD_OPEN.call(errno, actions, number, none, O_RDWR, 0));
          }
        }
        check(ADD_CLOSE_FROM.call(errno, actions, top + 1));
        check(ADD_CHDIR.call(errno, actions, Native.string(arena, directory.toString())));
        check(SET_FLAGS.call(errno, attributes, FLAGS));
        check(SET_MASK.call(errno, attributes, arena.allocate(SIGSET, 8).address()));
        MemorySegment full = arena.allocate(SIGSET, 8).fill((byte) 0xff);
        check(SET_DEFAULT.call(errno, attributes, full.address()));
        MemorySegment pid = arena.allocate(4);
        List<String> variables =
            environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
        long code =
            SPAWN.call(
                errno,
                pid.address(),
                Native.string(arena, command.getFirst()),
                actions,
                attributes,
                Native.strings(arena, command),
                Native.strings(arena, variables));
        if (code != 0) {
          throw new LinuxException("start", command.getFirst(), (int) code);
        }
        int child = pid.get(ValueLayout.JAVA_INT, 0);
        return Child.of(child);
      } finally {
        check(ACTIONS_DESTROY.call(errno, actions));
        check(ATTR_DESTROY.call(errno, attributes));
      }
    }
  }

  private static void check(long code) throws IOException {
    if (code != 0) {
      throw new LinuxException("posix_spawn", "", (int) code);
    }
  }
}
