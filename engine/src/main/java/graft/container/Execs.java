package graft.container;

import graft.error.GraftException;
import graft.runtime.Runtime;
import graft.runtime.Runtime.Streams;
import graft.runtime.Runtime.Task;
import graft.runtime.Spec;
import graft.runtime.Users;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Further processes in running containers. An exec is created, then started once; what became of
/// it can be asked for five minutes after its end. Execs are not recorded: an engine that comes
/// back knows none, as dockerd does not.
public final class Execs {
  private static final Duration KEPT = Duration.ofMinutes(5);

  /// What was asked.
  public record ExecRequest(
      List<String> command,
      List<String> env,
      String user,
      String workingDir,
      boolean tty,
      boolean privileged,
      boolean stdin,
      boolean stdout,
      boolean stderr,
      String detachKeys) {
    public ExecRequest {
      command = List.copyOf(command);
      env = List.copyOf(env);
    }
  }

  /// How an exec stands. `exitCode` is empty before its end.
  public record Exec(
      String id,
      String container,
      ExecRequest request,
      boolean running,
      OptionalInt exitCode,
      int pid) {}

  private static final class Entry {
    final String container;
    final ExecRequest request;
    boolean started;
    OptionalInt exitCode = OptionalInt.empty();
    Runtime.@Nullable Process process;
    @Nullable Instant ended;

    Entry(String container, ExecRequest request) {
      this.container = container;
      this.request = request;
    }
  }

  private final Lifecycle lifecycle;
  private final Launch launch;
  private final Runtime runtime;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final ExecutorService waiters = Executors.newVirtualThreadPerTaskExecutor();

  Execs(Lifecycle lifecycle, Launch launch, Runtime runtime) {
    this.lifecycle = lifecycle;
    this.launch = launch;
    this.runtime = runtime;
  }

  /// The id of a new exec in this container, which must be running.
  public String create(Container c, ExecRequest request) throws IOException {
    requireRunning(c);
    if (request.command().isEmpty()) {
      throw GraftException.invalid("No exec command specified");
    }
    if (!request.user().isEmpty()) {
      refuseUnknown(request.user(), launch.task(c).root());
    }
    forgetOld();
    String id = Names.newId();
    entries.put(id, new Entry(c.id(), request));
    lifecycle.announce(c, "exec_create: " + line(request.command()), Map.of("execID", id));
    return id;
  }

  /// A command as events have it: a blank after the program, even where nothing follows.
  private static String line(List<String> command) {
    return command.getFirst() + " " + String.join(" ", command.subList(1, command.size()));
  }

  private static void refuseUnknown(String user, Path root) throws IOException {
    try {
      Users.in(root).find(user, List.of());
    } catch (GraftException e) {
      throw new GraftException(GraftException.Kind.INVALID, e.text(), e);
    }
  }

  private static void requireRunning(Container c) {
    switch (c.state()) {
      case State.Running _ -> {}
      case State.Paused _ ->
          throw GraftException.conflict(
              "Container " + c.name() + " is paused, unpause the container before exec");
      case State.Restarting _ ->
          throw GraftException.conflict(
              "Container " + c.id() + " is restarting, wait until the container is running");
      case State.Created _, State.Exited _, State.Removing _ ->
          throw GraftException.conflict("container " + c.id() + " is not running");
    }
  }

  private void forgetOld() {
    Instant limit = Instant.now().minus(KEPT);
    entries
        .values()
        .removeIf(e -> {
          synchronized (e) {
            return e.ended != null && e.ended.isBefore(limit);
          }
        });
  }

  private Entry entry(String id) {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw GraftException.notFound("No such exec instance: " + id);
    }
    return entry;
  }

  public Exec find(String id) {
    Entry e = entry(id);
    synchronized (e) {
      Runtime.Process process = e.process;
      return new Exec(
          id,
          e.container,
          e.request,
          process != null && e.exitCode.isEmpty(),
          e.exitCode,
          process == null ? 0 : process.pid());
    }
  }

  /// Ids of the execs of a container that have not ended.
  public List<String> of(String container) {
    return entries.entrySet().stream()
        .filter(x -> {
          synchronized (x.getValue()) {
            return x.getValue().container.equals(container) && x.getValue().ended == null;
          }
        })
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /// Starts it; a start that fails leaves exit code 126 or 127 and throws with Docker's text.
  ///
  /// @param size columns and rows of the terminal, if known
  public Streams start(String id, Optional<int[]> size) throws IOException {
    return started(id, size, false).streams();
  }

  /// The same where nobody will attend it: its output is dropped, and it outlives the engine.
  public void startDetached(String id, Optional<int[]> size) throws IOException {
    Streams streams = started(id, size, true).streams();
    Thread.ofVirtual().name("exec-" + id).start(() -> drop(streams));
  }

  private static void drop(Streams streams) {
    try (streams) {
      while (streams.next().isPresent()) {
        // Nobody listens to a detached exec.
      }
    } catch (IOException e) {
      // Its process has ended.
      return;
    }
  }

  private Runtime.Process started(String id, Optional<int[]> size, boolean detached)
      throws IOException {
    Entry e = entry(id);
    synchronized (e) {
      if (e.started) {
        throw GraftException.conflict("exec command " + id + " has already run");
      }
      e.started = true;
    }
    Container c = lifecycle.current(e.container);
    requireRunning(c);
    lifecycle.announce(c, "exec_start: " + line(e.request.command()), Map.of("execID", id));
    Task task = launch.task(c);
    Runtime.Process process;
    try {
      Spec.Process wanted = spec(c, e.request, size);
      process =
          detached
              ? runtime.execDetached(task, id, wanted)
              : runtime.exec(task, id, wanted, e.request.stdin());
    } catch (IOException | RuntimeException failure) {
      synchronized (e) {
        e.exitCode = OptionalInt.of(Runtime.startFailureCode(String.valueOf(failure.getMessage())));
        e.ended = Instant.now();
      }
      throw failure;
    }
    synchronized (e) {
      e.process = process;
    }
    waiters.execute(() -> await(id, e, process));
    return process;
  }

  private void await(String id, Entry e, Runtime.Process process) {
    int code;
    try {
      code = process.await();
    } catch (InterruptedException ex) {
      Thread.currentThread().interrupt();
      return;
    } catch (IOException ex) {
      code = 255;
    }
    synchronized (e) {
      e.exitCode = OptionalInt.of(code);
      e.ended = Instant.now();
      e.notifyAll();
    }
    try {
      lifecycle.announce(
          lifecycle.current(e.container),
          "exec_die",
          Map.of("execID", id, "exitCode", Integer.toString(code)));
    } catch (GraftException gone) {
      // The container was removed under it; there is nobody to tell.
      return;
    }
  }

  /// Blocks until the exit code of a started exec is known, which a client asks for right after its
  /// streams have ended.
  public int await(String id) throws InterruptedException {
    Entry e = entry(id);
    synchronized (e) {
      while (e.exitCode.isEmpty()) {
        e.wait();
      }
      return e.exitCode.getAsInt();
    }
  }

  private static Spec.Process spec(Container c, ExecRequest request, Optional<int[]> size) {
    Spec.Process p = c.spec().run().process();
    List<String> env =
        Merge.processEnv(
            Merge.env(request.env(), c.spec().env()), c.spec().run().hostname(), request.tty());
    return new Spec.Process(
        request.command(),
        env,
        request.workingDir().isEmpty() ? p.cwd() : request.workingDir(),
        request.user().isEmpty() ? p.user() : request.user(),
        p.groups(),
        request.tty(),
        request.privileged() || p.privileged(),
        p.ulimits(),
        size.map(s -> s[0]).orElse(0),
        size.map(s -> s[1]).orElse(0));
  }

  /// Sends a signal to its process; CONFLICT if that has not begun or is over.
  void kill(String id, int signal) throws IOException {
    Entry e = entry(id);
    Runtime.Process process;
    synchronized (e) {
      process = e.process;
    }
    if (process == null) {
      throw GraftException.conflict("exec process is not started");
    }
    process.kill(signal);
  }

  /// Drops one that nobody will ask about.
  void forget(String id) throws IOException {
    Entry e = entries.remove(id);
    if (e != null) {
      Optional<Container> c = lifecycle.find(e.container);
      if (c.isPresent()) {
        runtime.forgetExec(launch.task(c.get()), id);
      }
    }
  }

  public void resize(String id, int columns, int rows) throws IOException {
    Entry e = entry(id);
    Runtime.Process process;
    synchronized (e) {
      process = e.process;
    }
    if (process == null) {
      throw GraftException.conflict("exec process is not started");
    }
    process.resize(columns, rows);
  }

  void close() {
    waiters.shutdownNow();
  }
}
