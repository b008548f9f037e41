package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Starts a program by posix_spawn, with exactly the descriptors it is meant to have: standard
/// input is /dev/null, those given are put at their numbers, everything else of this process is
/// closed. Signals are unblocked and at their defaults, and the program leads a session of its own,
/// so that a signal to the engine's terminal does not reach it.
public final class Spawn {
  private static final MethodHandle SPAWN =
      Native.call(
          "posix_spawn",
          Native.INT,
          Native.PTR,
          Native.PTR,
          Native.PTR,
          Native.PTR,
          Native.PTR,
          Native.PTR);
  private static final MethodHandle ACTIONS_INIT = one("posix_spawn_file_actions_init");
  private static final MethodHandle ACTIONS_DESTROY = one("posix_spawn_file_actions_destroy");
  private static final MethodHandle ADD_OPEN =
      Native.call(
          "posix_spawn_file_actions_addopen",
          Native.INT,
          Native.PTR,
          Native.INT,
          Native.PTR,
          Native.INT,
          Native.INT);
  private static final MethodHandle ADD_DUP2 =
      Native.call(
          "posix_spawn_file_actions_adddup2", Native.INT, Native.PTR, Native.INT, Native.INT);
  private static final MethodHandle ADD_CHDIR =
      Native.call("posix_spawn_file_actions_addchdir_np", Native.INT, Native.PTR, Native.PTR);
  private static final MethodHandle ADD_CLOSE_FROM =
      Native.call("posix_spawn_file_actions_addclosefrom_np", Native.INT, Native.PTR, Native.INT);
  private static final MethodHandle ATTR_INIT = one("posix_spawnattr_init");
  private static final MethodHandle ATTR_DESTROY = one("posix_spawnattr_destroy");
  private static final MethodHandle SET_FLAGS =
      Native.call("posix_spawnattr_setflags", Native.INT, Native.PTR, ValueLayout.JAVA_SHORT);
  private static final MethodHandle SET_MASK =
      Native.call("posix_spawnattr_setsigmask", Native.INT, Native.PTR, Native.PTR);
  private static final MethodHandle SET_DEFAULT =
      Native.call("posix_spawnattr_setsigdefault", Native.INT, Native.PTR, Native.PTR);
  private static final MethodHandle WAITPID =
      Native.call("waitpid", Native.INT, Native.INT, Native.PTR, Native.INT);

  private static final short FLAGS = (short) (0x04 | 0x08 | 0x80); // SETSIGDEF, SETSIGMASK, SETSID
  private static final int SIGSET = 128;
  private static final int ACTIONS_SIZE = 128;
  private static final int ATTR_SIZE = 512;
  private static final int O_RDWR = 2;

  private Spawn() {}

  /// A child of ours that nobody has waited for yet.
  public static final class Child {
    private final int pid;
    private final Descriptor pidfd;

    Child(int pid, Descriptor pidfd) {
      this.pid = pid;
      this.pidfd = pidfd;
    }

    public int pid() {
      return pid;
    }

    /// Waits for the end, once: the exit code, or 128 + the signal.
    public int await() throws IOException, InterruptedException {
      try (pidfd;
          Arena arena = Arena.ofConfined()) {
        pidfd.awaitReadable();
        MemorySegment errno = Native.errnoBuffer(arena);
        MemorySegment status = arena.allocate(4);
        if ((int) WAITPID.invokeExact(errno, pid, status, 0) < 0) {
          throw new LinuxException("waitpid", "process " + pid, Native.errno(errno));
        }
        int word = status.get(ValueLayout.JAVA_INT, 0);
        int signal = word & 0x7f;
        return signal == 0 ? (word >> 8) & 0xff : 128 + signal;
      } catch (InterruptedException e) {
        throw e;
      } catch (Throwable t) {
        throw Descriptor.asIo(t);
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
      MemorySegment actions = arena.allocate(ACTIONS_SIZE, 16);
      MemorySegment attributes = arena.allocate(ATTR_SIZE, 16);
      check((int) ACTIONS_INIT.invokeExact(errno, actions));
      check((int) ATTR_INIT.invokeExact(errno, attributes));
      try {
        MemorySegment none = arena.allocateFrom("/dev/null");
        int top = 2;
        for (int number : descriptors.keySet()) {
          top = Math.max(top, number);
        }
        for (int number = 0; number <= top; number++) {
          Descriptor ours = descriptors.get(number);
          if (ours != null) {
            check((int) ADD_DUP2.invokeExact(errno, actions, ours.number(), number));
          } else {
            check((int) ADD_OPEN.invokeExact(errno, actions, number, none, O_RDWR, 0));
          }
        }
        check((int) ADD_CLOSE_FROM.invokeExact(errno, actions, top + 1));
        MemorySegment cwd = arena.allocateFrom(directory.toString());
        check((int) ADD_CHDIR.invokeExact(errno, actions, cwd));
        check((int) SET_FLAGS.invokeExact(errno, attributes, FLAGS));
        MemorySegment empty = arena.allocate(SIGSET, 8);
        check((int) SET_MASK.invokeExact(errno, attributes, empty));
        MemorySegment full = arena.allocate(SIGSET, 8).fill((byte) 0xff);
        check((int) SET_DEFAULT.invokeExact(errno, attributes, full));
        MemorySegment pid = arena.allocate(4);
        List<String> variables =
            environment.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
        int code =
            (int)
                SPAWN.invokeExact(
                    errno,
                    pid,
                    arena.allocateFrom(command.getFirst()),
                    actions,
                    attributes,
                    strings(arena, command),
                    strings(arena, variables));
        if (code != 0) {
          throw new LinuxException("start", command.getFirst(), code);
        }
        int child = pid.get(ValueLayout.JAVA_INT, 0);
        return new Child(child, Processes.open(child));
      } finally {
        check((int) ACTIONS_DESTROY.invokeExact(errno, actions));
        check((int) ATTR_DESTROY.invokeExact(errno, attributes));
      }
    } catch (Throwable t) {
      throw Descriptor.asIo(t);
    }
  }

  private static MethodHandle one(String name) {
    return Native.call(name, Native.INT, Native.PTR);
  }

  private static void check(int code) throws IOException {
    if (code != 0) {
      throw new LinuxException("posix_spawn", "", code);
    }
  }

  private static MemorySegment strings(Arena arena, List<String> list) {
    MemorySegment array = arena.allocate(Native.PTR, list.size() + 1L);
    for (int i = 0; i < list.size(); i++) {
      array.setAtIndex(Native.PTR, i, arena.allocateFrom(list.get(i)));
    }
    array.setAtIndex(Native.PTR, list.size(), MemorySegment.NULL);
    return array;
  }
}
