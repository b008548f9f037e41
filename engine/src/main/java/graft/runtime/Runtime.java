package graft.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An OCI runtime and its monitor. It knows bundles (a root file system and a [Spec]), not images,
/// not names.
///
/// **Lifecycle.** [#create] writes `config.json`, starts a monitor that outlives the engine, and
/// has the runtime set the container up without starting the user's process. [#start] starts it.
/// [#await] blocks until it ended. [#delete] takes away what the runtime and the monitor keep
/// (cgroups, state); it does not touch the root file system, the log or the exit record of a
/// container that still has a [Task#directory].
///
/// **Survival.** The monitor owns the process, its log and its exit status. After the engine was
/// killed and came back, every method works on a container that a former engine created, [#await]
/// included, also for one that ended meanwhile.
///
/// Errors of a start are `GraftException` with the texts of runc, which clients match on
/// (engine-api.md 2.2): kind INVALID for "executable file not found", "permission denied", "is a
/// directory"; INTERNAL otherwise.
public interface Runtime {
  /// A container as the runtime is told of it.
  ///
  /// @param id 64 hex digits
  /// @param directory where the bundle, the exit record, the attach socket's link and the log may
  ///   lie; on disk, survives a reboot, removed by the caller
  /// @param root the mounted root file system
  /// @param log where the monitor writes output; empty for none
  record Task(String id, Path directory, Path root, Spec spec, Optional<Path> log) {}

  sealed interface Status {
    /// The runtime knows nothing of it and there is no exit record.
    record Unknown() implements Status {}

    /// Somebody began to set it up and did not live to finish: there may be a process that never
    /// ran the program. `delete` takes away what there is.
    record HalfMade() implements Status {}

    record Created(int pid) implements Status {}

    record Running(int pid) implements Status {}

    record Paused(int pid) implements Status {}

    record Stopped(Exit exit) implements Status {}
  }

  /// `code` as Docker reports it: the status, or 128 + the signal.
  record Exit(int code, Instant at, boolean oomKilled) {}

  /// The exit code Docker gives to what could not be started, read off the text as the docker CLI
  /// does.
  static int startFailureCode(String message) {
    if (message.contains("executable file not found")
        || message.contains("no such file or directory")) {
      return 127;
    }
    return message.contains("permission denied") || message.contains("is a directory") ? 126 : 128;
  }

  /// Returns the host pid of the container's init.
  int create(Task task) throws IOException;

  void start(Task task) throws IOException;

  /// Sends a signal to init, or to every process of the container. CONFLICT if it is not running.
  void kill(Task task, int signal, boolean all) throws IOException;

  void pause(Task task) throws IOException;

  void resume(Task task) throws IOException;

  /// Live change of limits.
  void update(Task task, Spec.Resources resources) throws IOException;

  /// Kills what is left, removes the runtime's state and cgroups. Idempotent.
  void delete(Task task) throws IOException;

  Status status(Task task) throws IOException;

  /// Blocks (cheap on a virtual thread) until the container ended. Interruptible.
  Exit await(Task task) throws IOException, InterruptedException;

  /// Joins the streams of a running or created container. Any number of clients may; each sees all
  /// output from now on. Output is never lost for a client that attached before [#start].
  Streams attach(Task task) throws IOException;

  /// The terminal's size, in characters.
  void resize(Task task, int columns, int rows) throws IOException;

  /// Starts another process in a running container. The reply arrives when it has been started or
  /// has failed to start.
  Process exec(Task task, String execId, Spec.Process process, boolean stdin) throws IOException;

  /// The same for a process that nobody attends: it has no streams, and is not touched by the end
  /// of the engine.
  default Process execDetached(Task task, String execId, Spec.Process process) throws IOException {
    return exec(task, execId, process, false);
  }

  /// Drops what is kept of an exec that has ended: a monitor leaves its exit code on disk.
  /// Idempotent; [#delete] does it for all.
  default void forgetExec(Task task, String execId) throws IOException {}

  /// The log of a container, of a running or an ended one; with `follow` it ends when the container
  /// has ended. NOT_IMPLEMENTED if it keeps none. The caller closes it.
  LogReader logs(Task task, LogReader.Query query) throws IOException;

  /// Begins a new log file if the current one has reached `largest` bytes, and drops what is older
  /// than `most` files; false if there was nothing to do.
  boolean rotateLog(Task task, long largest, int most) throws IOException;

  /// What of a specification cannot be had on this host, in sentences: it will be started without.
  default List<String> warnings(Spec spec) throws IOException {
    return List.of();
  }

  /// Host pids of the container's processes.
  List<Integer> pids(Task task) throws IOException;

  /// Name and version, for `docker info` and `docker version`.
  Map<String, String> versions();

  /// The streams of a process.
  interface Streams extends Closeable {
    enum Source {
      STDOUT,
      STDERR
    }

    /// One piece of output. `bytes` belongs to the receiver.
    record Chunk(Source source, ByteBuffer bytes) {}

    /// The next piece, in order; empty at the end of all output. Blocks; one reader at a time.
    Optional<Chunk> next() throws IOException;

    /// Blocks until the process takes the bytes; does nothing if it has no stdin.
    void write(byte[] bytes, int offset, int length) throws IOException;

    /// The process sees end of file on stdin.
    void closeStdin() throws IOException;

    /// Copies all of `in` to stdin and closes it at the end.
    default void feed(InputStream in) throws IOException {
      byte[] buffer = new byte[32 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        write(buffer, 0, n);
      }
      closeStdin();
    }

    @Override
    void close() throws IOException;
  }

  /// A process made by [#exec].
  interface Process {
    int pid();

    Streams streams();

    void resize(int columns, int rows) throws IOException;

    void kill(int signal) throws IOException;

    /// Blocks until it ended; the exit code.
    int await() throws IOException, InterruptedException;
  }
}
