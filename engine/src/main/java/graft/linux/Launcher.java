package graft.linux;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// Starts a process that makes the calls of a [Script] and thereby becomes another program, in a
/// control group and in namespaces as the script says, without a helper on disk.
///
/// The script is written into an ELF file in sealed memory. A child is forked that shares our
/// memory for the dozen calls it takes to put descriptors in place and to execute that file (clone3
/// with CLONE_VM and CLONE_VFORK: no page tables are copied, and the calling thread waits). From
/// then on it is a process with nothing of ours: not our memory, not our descriptors, and its
/// `/proc/self/exe` is a file nobody can write.
///
/// The waiting thread is in native code, so a safepoint of the JVM does not wait for it; it takes
/// less than a millisecond, which a carrier of virtual threads can spare as it does for a file.
/// What the child touches of our memory, the prepared block, is outside the heap.
public final class Launcher {
  private static final Native.Function MEMFD_CREATE = Native.ofInt("memfd_create", 2);
  private static final Native.Function FCNTL = Native.ofInt("fcntl", 3);
  private static final Native.Function FCHMOD = Native.ofInt("fchmod", 2);

  private static final Native.Function WAITID = Native.ofInt("waitid", 4);

  private static final int P_PID = 1;
  private static final int WNOHANG = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x1000000;
  private static final int SIGINFO = 128;

  private static final long CLONE_VM = 0x100;
  private static final long CLONE_VFORK = 0x4000;
  private static final long CLONE_CLEAR_SIGHAND = 0x100000000L;
  private static final long CLONE_INTO_CGROUP = 0x200000000L;
  private static final int SIGCHLD = 17;
  private static final int SIGKILL = 9;

  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_EXEC = 0x10;
  private static final int F_ADD_SEALS = 1033;
  private static final int ALL_SEALS = 0xf;
  private static final int EXECUTABLE = 0555;

  private static final long CLOSE_RANGE_CLOEXEC = 4;
  private static final long F_DUPFD_CLOEXEC = 1030;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final long ALL = 0xffffffffL;

  /// The first descriptor that is free for files of the script.
  public static final int FIRST_FILE = Interpreter.REPORT + 1;

  /// Numbers from here on are free in the child: sources are first moved there, out of the way of
  /// the numbers they are to have.
  private static final int ASIDE = 64;

  private static final int ARGUMENTS_AT = 16;
  private static final int EXIT_SIGNAL_AT = ARGUMENTS_AT + 32;
  private static final int CGROUP_AT = ARGUMENTS_AT + 80;
  private static final int ENTRY_AT = ARGUMENTS_AT + 88;
  private static final int BLOCK = ENTRY_AT + 8;

  private static final int TRIES = 100;
  private static final long PATIENCE_MILLIS = 20_000;

  /// What became of a launch.
  public sealed interface Outcome {
    /// The script came to its end: another program runs. Somebody has to await it.
    record Started(Spawn.Child child) implements Outcome {}

    /// A call failed; nothing is left of the process. `index` is that of the script's calls, or -1
    /// for one before the script.
    record Failed(String call, int index, int errno) implements Outcome {}
  }

  private Launcher() {}

  /// Whether this machine and kernel can do it: the processor, and programs in memory.
  public static boolean supported() {
    if (Interpreter.fork().isEmpty()) {
      return false;
    }
    Script nothing = new Script();
    nothing.call(Syscall.EXIT_GROUP, Script.number(0));
    try (Fd program = memory(Interpreter.program(nothing))) {
      return program.number() >= 0;
    } catch (IOException e) {
      return false;
    }
  }

  /// Starts it. Of the kernel's errors only those before the first process are exceptions.
  ///
  /// @param standard three descriptors of ours that become its standard streams
  /// @param files those that the script finds from [#FIRST_FILE] on, until it closes them
  /// @param cgroup a directory of the unified hierarchy, open, to be born in
  public static Outcome start(
      Script script, List<Integer> standard, List<Integer> files, OptionalInt cgroup)
      throws IOException {
    return start(script, standard, files, cgroup, 0);
  }

  /// @param namespaces the kinds of which it is to have new ones, as clone(2) has them
  public static Outcome start(
      Script script,
      List<Integer> standard,
      List<Integer> files,
      OptionalInt cgroup,
      long namespaces)
      throws IOException {
    Native.Function fork =
        Interpreter.fork()
            .orElseThrow(() -> new LinuxException("launch", "machine code", Errno.ENOSYS));
    Descriptor.Pipe report = Descriptor.pipe(true);
    try (Descriptor reader = report.reader()) {
      Spawn.Child first = null;
      try (Descriptor writer = report.writer();
          Fd program = memory(Interpreter.program(script))) {
        List<Integer> all = new ArrayList<>(standard);
        all.add(writer.number());
        all.addAll(files);
        for (int i = 0; first == null; i++) {
          Forked forked = fork(fork, all, program.number(), cgroup, namespaces);
          if (forked.errno() == 0) {
            first = forked.child();
          } else {
            reap(forked.child());
            // A child that another thread forked still holds the program open for writing.
            if (forked.errno() != Errno.ETXTBSY || i == TRIES) {
              return new Outcome.Failed(forked.call(), -1, forked.errno());
            }
            pause();
          }
        }
      }
      return outcome(script, reader, first);
    }
  }

  private record Forked(Spawn.Child child, String call, int errno) {}

  /// Forks a child that puts the descriptors in place and executes the program.
  private static Forked fork(
      Native.Function fork,
      List<Integer> descriptors,
      int program,
      OptionalInt cgroup,
      long namespaces)
      throws IOException {
    Script script = new Script();
    script.call(
        Syscall.CLOSE_RANGE,
        Script.number(3),
        Script.number(ALL),
        Script.number(CLOSE_RANGE_CLOEXEC));
    List<Script.Call> moved = new ArrayList<>();
    for (int descriptor : descriptors) {
      moved.add(aside(script, descriptor));
    }
    Script.Call movedProgram = aside(script, program);
    for (int i = 0; i < moved.size(); i++) {
      moved
          .get(i)
          .into(script.call(Syscall.DUP3, Script.number(0), Script.number(i), Script.number(0)), 0);
    }
    movedProgram.into(
        script.call(
            Syscall.EXECVEAT,
            Script.number(0),
            script.text(""),
            script.texts(List.of("graft-init")),
            script.texts(List.of()),
            Script.number(AT_EMPTY_PATH)),
        0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate(script.length(), 8);
      MemorySegment.copy(
          script.at(entries.address()), 0, entries, ValueLayout.JAVA_BYTE, 0, script.length());
      MemorySegment block = arena.allocate(BLOCK, 8);
      block.set(ValueLayout.JAVA_LONG, 0, -1);
      long flags = CLONE_VM | CLONE_VFORK | CLONE_CLEAR_SIGHAND | namespaces;
      block.set(
          ValueLayout.JAVA_LONG,
          ARGUMENTS_AT,
          cgroup.isPresent() ? flags | CLONE_INTO_CGROUP : flags);
      block.set(ValueLayout.JAVA_LONG, EXIT_SIGNAL_AT, SIGCHLD);
      block.set(ValueLayout.JAVA_LONG, CGROUP_AT, cgroup.orElse(0));
      block.set(ValueLayout.JAVA_LONG, ENTRY_AT, entries.address());
      long pid = fork.call(Native.errnoBuffer(arena), block.address());
      if (pid < 0) {
        throw new LinuxException("clone3", "", (int) -pid);
      }
      Spawn.Child child = Spawn.Child.of((int) pid);
      for (int i = 0; i < script.size(); i++) {
        long at = (long) i * Script.ENTRY + Script.RESULT;
        long result = entries.get(ValueLayout.JAVA_LONG, at);
        if (result < 0) {
          return new Forked(child, script.call(i).name().text(), (int) -result);
        }
      }
      return new Forked(child, "", 0);
    }
  }

  private static Script.Call aside(Script script, int descriptor) {
    return script.call(
        Syscall.FCNTL,
        Script.number(descriptor),
        Script.number(F_DUPFD_CLOEXEC),
        Script.number(ASIDE));
  }

  /// Reads what is reported until nobody is left who could: the number of a child that goes on in
  /// the first process's place, and a call that failed. They come in any order, since the child may
  /// fail before its parent has said that there is one.
  private static Outcome outcome(Script script, Descriptor report, Spawn.Child first)
      throws IOException {
    Spawn.Child second = null;
    Outcome failed = null;
    try {
      for (ByteBuffer record = record(report); record.hasRemaining(); record = record(report)) {
        long result = record.getLong(Script.RESULT);
        int index = (int) record.getLong(Script.INDEX);
        if (result > 0) {
          second = ours((int) result);
        } else {
          failed = new Outcome.Failed(script.call(index).name().text(), index, (int) -result);
        }
      }
    } catch (IOException | RuntimeException e) {
      abandon(first);
      if (second != null) {
        abandon(second);
      }
      throw e;
    }
    if (second != null) {
      reap(first);
    }
    Spawn.Child process = second == null ? first : second;
    if (failed == null && second == null && script.forks()) {
      // It was killed on its way, as by want of memory.
      failed = new Outcome.Failed(Syscall.CLONE.text(), -1, Errno.ECHILD);
    }
    if (failed != null) {
      reap(process);
      return failed;
    }
    return new Outcome.Started(process);
  }

  /// Who reports is in the container already, and a process there that may trace it can make it
  /// report anything: only a child of ours is believed to be one.
  private static Spawn.Child ours(int pid) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long info = arena.allocate(SIGINFO, 8).address();
      if (WAITID.call(errno, P_PID, pid, info, WEXITED | WNOHANG | WNOWAIT) != 0) {
        throw new LinuxException("waitid", "process " + pid, Native.errno(errno));
      }
    }
    return Spawn.Child.of(pid);
  }

  /// One record, or nothing at the end. The calls of a script do not block, but the control group
  /// they enter may be frozen.
  private static ByteBuffer record(Descriptor report) throws IOException {
    byte[] record = new byte[Script.ENTRY];
    long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
    boolean interrupted = false;
    int size = 0;
    try {
      while (size < record.length) {
        int n = report.readNow(record, size, record.length - size);
        if (n < 0) {
          break;
        }
        size += n;
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new InterruptedIOException(
              "launch a process: it did not become the program within "
                  + PATIENCE_MILLIS / 1000
                  + " s; is its control group frozen?");
        }
        if (n == 0) {
          try {
            report.awaitNews(left);
          } catch (InterruptedException e) {
            interrupted = true; // a process without a parent that knows it would be worse
          }
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return ByteBuffer.wrap(record, 0, size == record.length ? size : 0)
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void abandon(Spawn.Child child) {
    try {
      child.kill(SIGKILL);
    } catch (IOException e) {
      return; // it has ended
    }
  }

  private static void reap(Spawn.Child child) throws IOException {
    boolean interrupted = false;
    while (true) {
      try {
        child.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while launching a process").initCause(e);
    }
  }

  /// A file in memory that nobody can change any more, open for reading: one that is open for
  /// writing cannot be executed.
  private static Fd memory(byte[] program) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long name = Native.string(arena, "graft-init");
      int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
      long fd = MEMFD_CREATE.call(errno, name, flags | MFD_EXEC);
      if (fd < 0 && Native.errno(errno) == Errno.EINVAL) {
        fd = MEMFD_CREATE.call(errno, name, flags); // before Linux 6.3
      }
      if (fd < 0) {
        throw new LinuxException("memfd_create", "", Native.errno(errno));
      }
      try (Fd file = new Fd((int) fd)) {
        MemorySegment bytes = arena.allocate(program.length);
        MemorySegment.copy(program, 0, bytes, ValueLayout.JAVA_BYTE, 0, program.length);
        LinuxFiles.write(file, bytes, program.length);
        if (FCHMOD.call(errno, fd, EXECUTABLE) != 0
            || FCNTL.call(errno, fd, F_ADD_SEALS, ALL_SEALS) != 0) {
          throw new LinuxException("seal", "a file in memory", Native.errno(errno));
        }
        return LinuxFiles.openat(
            LinuxFiles.AT_FDCWD,
            file.path().getBytes(StandardCharsets.ISO_8859_1),
            LinuxFiles.O_RDONLY,
            0);
      }
    }
  }
}
