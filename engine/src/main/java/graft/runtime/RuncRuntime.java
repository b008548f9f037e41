package graft.runtime;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.linux.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// runc (or crun, by its path) under conmon. All state is in files: the runtime's own below
/// `state`, which a reboot empties, and the monitor's in each task's directory; this object holds
/// none, so a new one takes over where a killed engine left off.
///
/// What can be read is read (exit record, start time, cgroup files) rather than asked of another
/// process: a start of runc costs as much as everything else a request does.
public final class RuncRuntime implements Runtime {
  private static final System.Logger LOG = System.getLogger(RuncRuntime.class.getName());
  private static final JsonMapper JSON = new JsonMapper();
  private static final int SIGKILL = 9;
  private static final long PATIENCE_MILLIS = 10_000;

  private final Path state;
  private final RuntimePrograms programs;
  private final Monitor monitor;
  private final SpecWriter specs;
  private final boolean controlGroups;
  private final Optional<DirectExec> direct;

  /// @param state a directory that a reboot empties, such as one below `/run`
  /// @param direct whether execs are started without the runtime where they can be
  RuncRuntime(Path state, Path runtime, Path monitor, Host host, boolean direct) {
    this.direct = direct ? Optional.of(new DirectExec()) : Optional.empty();
    this.state = state;
    this.programs = new RuntimePrograms(runtime, state, monitor);
    this.monitor = new Monitor(monitor, runtime, state);
    this.specs = new SpecWriter(host);
    this.controlGroups = host.controlGroups();
  }

  /// With the programs found on this host. NOT_FOUND says which one to install. With
  /// GRAFT_EXEC=runc in the environment all execs are runc's.
  public static RuncRuntime find(Path state) throws IOException {
    return find(state, !"runc".equals(System.getenv("GRAFT_EXEC")));
  }

  static RuncRuntime find(Path state, boolean direct) throws IOException {
    return new RuncRuntime(
        state,
        program(),
        Host.program("conmon")
            .orElseThrow(() -> missing("conmon", "containers cannot be monitored")),
        Host.current(),
        direct);
  }

  static Path program() {
    return Host.program("runc")
        .or(() -> Host.program("crun"))
        .orElseThrow(() -> missing("runc", "containers cannot be started"));
  }

  private static GraftException missing(String name, String effect) {
    return GraftException.notFound(
        "find "
            + name
            + ": not in PATH nor in /usr/bin, /usr/sbin, /usr/local; "
            + effect
            + "; install the package "
            + name);
  }

  @Override
  public int create(Task task) throws IOException {
    Bundle bundle = Bundle.of(task);
    Spec spec = task.spec();
    bundle.clear();
    SpecWriter.Result config = specs.write(spec, task.id(), task.root());
    for (String warning : config.warnings()) {
      LOG.log(System.Logger.Level.WARNING, "container {0}: {1}", task.id(), warning);
    }
    Files.writeString(bundle.config(), config.json());
    String log = task.log().map(path -> "k8s-file:" + path).orElse("off");
    boolean tty = spec.process().tty();
    boolean keep = tty || (spec.openStdin() && !spec.stdinOnce());
    Monitor.Answer answer =
        Waiting.on(() -> monitor.create(bundle, log, tty, spec.openStdin(), keep));
    if (answer.pid() <= 0) {
      cleanUp(task, bundle);
      throw RuntimeErrors.create(answer.message(), task.root());
    }
    bundle.rememberInit(answer.pid());
    return answer.pid();
  }

  private RuncState kept(Task task) {
    return new RuncState(state.resolve(task.id()));
  }

  @Override
  public void start(Task task) throws IOException {
    Bundle bundle = Bundle.of(task);
    if (Waiting.on(() -> kept(task).start(() -> alive(bundle)))) {
      return;
    }
    RuntimePrograms.Output output = programs.run("start", task.id());
    if (output.code() != 0) {
      throw RuntimeErrors.create(output.text());
    }
  }

  private static boolean alive(Bundle bundle) {
    try {
      return bundle.init().isPresent();
    } catch (IOException e) {
      return false; // whoever asks the runtime then learns why
    }
  }

  @Override
  public void kill(Task task, int signal, boolean all) throws IOException {
    if (all) {
      RuntimePrograms.Output output =
          programs.run("kill", "--all", task.id(), Integer.toString(signal));
      if (output.code() != 0) {
        throw notRunning(task);
      }
      return;
    }
    Bundle bundle = Bundle.of(task);
    if (bundle.exit().isPresent() || !bundle.signal(signal)) {
      throw notRunning(task);
    }
  }

  private static GraftException notRunning(Task task) {
    return GraftException.conflict("container " + task.id() + " is not running");
  }

  @Override
  public void pause(Task task) throws IOException {
    if (!controlGroups) {
      throw new GraftException(
          GraftException.Kind.NOT_IMPLEMENTED,
          "cannot pause container "
              + task.id()
              + ": this rootless engine may make no control groups, which processes are frozen by;"
              + " stop it instead");
    }
    command(task, "pause");
  }

  @Override
  public void resume(Task task) throws IOException {
    command(task, "resume");
  }

  private void command(Task task, String what) throws IOException {
    RuntimePrograms.Output output = programs.run(what, task.id());
    if (output.code() != 0) {
      throw GraftException.internal(
          what + " container " + task.id() + ": " + RuntimeErrors.reason(output.text(), ""), null);
    }
  }

  @Override
  public void update(Task task, Spec.Resources resources) throws IOException {
    if (!controlGroups) {
      return; // the limits were discarded, with a warning to who asked for them
    }
    Path file = Files.createTempFile(Bundle.of(task).directory(), "update", ".json");
    try {
      Files.write(file, JSON.writeValueAsBytes(specs.update(resources)));
      RuntimePrograms.Output output =
          programs.run("update", "--resources", file.toString(), task.id());
      if (output.code() != 0) {
        throw GraftException.internal(
            "update container " + task.id() + ": " + RuntimeErrors.reason(output.text(), ""), null);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  @Override
  public void delete(Task task) throws IOException {
    Bundle bundle = Bundle.of(task);
    boolean halfMade = bundle.halfMade();
    if (halfMade) {
      Waiting.on(() -> bundle.awaitSetUp(PATIENCE_MILLIS));
    }
    boolean killed = bundle.signal(SIGKILL);
    RuncState kept = kept(task);
    if (killed || halfMade || !(kept.absent() || Waiting.on(kept::destroy))) {
      RuntimePrograms.Output output = programs.run("delete", "--force", task.id());
      if (output.code() != 0) {
        throw GraftException.internal(
            "delete container " + task.id() + ": " + RuntimeErrors.reason(output.text(), ""), null);
      }
    }
    Optional<Descriptor> left = bundle.monitor();
    if (left.isPresent()) {
      try (Descriptor pidfd = left.get()) {
        Waiting.on(() -> pidfd.awaitReadable(PATIENCE_MILLIS));
      }
    }
    if (halfMade) {
      bundle.remove();
      return;
    }
    Bundle.remove(bundle.directory().resolve("execs"));
    Files.deleteIfExists(bundle.attachSocket());
  }

  /// A create that failed may leave cgroups behind, and a runtime that was killed its state.
  private void cleanUp(Task task, Bundle bundle) throws IOException {
    var _ = programs.run("delete", "--force", task.id());
    int busy = Cgroup.removeEmpty(SpecWriter.cgroupPath(task.spec(), task.id()));
    if (busy > 0) {
      LOG.log(System.Logger.Level.WARNING, "container {0} left {1} cgroups", task.id(), busy);
    }
    bundle.remove();
  }

  @Override
  public Status status(Task task) throws IOException {
    Bundle bundle = Bundle.of(task);
    if (bundle.halfMade()) {
      return new Status.HalfMade();
    }
    Optional<Integer> init = bundle.init();
    Optional<Exit> exit = bundle.exit();
    if (exit.isPresent()) {
      return new Status.Stopped(exit.get());
    }
    if (init.isEmpty()) {
      return ended(bundle);
    }
    int pid = init.get();
    if (kept(task).waiting()) {
      return new Status.Created(pid);
    }
    boolean frozen = Cgroup.ofProcess(pid).map(Cgroup::frozen).orElse(false);
    return frozen ? new Status.Paused(pid) : new Status.Running(pid);
  }

  /// The first process is gone and there is no record: the monitor is about to write one, or it is
  /// gone too.
  private static Status ended(Bundle bundle) throws IOException {
    Optional<Descriptor> monitor = bundle.monitor();
    if (monitor.isPresent()) {
      try (Descriptor pidfd = monitor.get()) {
        Waiting.on(() -> pidfd.awaitReadable(PATIENCE_MILLIS));
      }
    }
    return bundle.exit().<Status>map(Status.Stopped::new).orElseGet(Status.Unknown::new);
  }

  @Override
  public Exit await(Task task) throws IOException, InterruptedException {
    Bundle bundle = Bundle.of(task);
    Exit exit = bundle.await();
    if (exit.code() == 128 + SIGKILL
        && !exit.oomKilled()
        && Cgroup.killedForMemory(SpecWriter.cgroupPath(task.spec(), task.id())) > 0) {
      // The monitor hears of the end and of its cause by two ways, and does not wait for the
      // second.
      return bundle.killedForMemory(exit);
    }
    return exit;
  }

  @Override
  public Streams attach(Task task) throws IOException {
    return new AttachedStreams(Bundle.of(task).attachSocket());
  }

  @Override
  public void resize(Task task, int columns, int rows) throws IOException {
    Bundle.of(task).resize(columns, rows);
  }

  /// Moves the log of a running container to `log.1` (and that to `log.2`, ...) if it is at least
  /// `largest` bytes, and has the monitor go on in a new file, so that at most `most` files remain.
  /// Says whether it did.
  @Override
  public boolean rotateLog(Task task, long largest, int most) throws IOException {
    Bundle bundle = Bundle.of(task);
    if (task.log().isEmpty() || bundle.exit().isPresent()) {
      return false;
    }
    boolean rotated = new LogFiles(task.log().get()).rotate(largest, most);
    if (rotated) {
      bundle.tell("2 0 0");
    }
    return rotated;
  }

  /// The log of a container; with `follow` it ends when the container has ended. The caller closes.
  @Override
  public LogReader logs(Task task, LogReader.Query query) throws IOException {
    Path log =
        task.log()
            .orElseThrow(() ->
                new GraftException(
                    GraftException.Kind.NOT_IMPLEMENTED,
                    "configured logging driver does not support reading"));
    Bundle bundle = Bundle.of(task);
    AtomicBoolean ended = new AtomicBoolean(!bundle.known() || bundle.exit().isPresent());
    LogReader reader = new LogReader(log, query, ended::get);
    if (query.follow() && !ended.get()) {
      Thread waiter =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  bundle.await();
                } catch (IOException e) {
                  LOG.log(System.Logger.Level.WARNING, "await " + task.id(), e);
                } catch (InterruptedException e) {
                  return; // the reader was closed
                }
                ended.set(true);
                reader.wake();
              });
      reader.onClose(waiter::interrupt);
    }
    return reader;
  }

  @Override
  public Process exec(Task task, String execId, Spec.Process process, boolean stdin)
      throws IOException {
    Stdio stdio = stdin ? Stdio.PIPES : Stdio.OUTPUT;
    return exec(task, execId, process, stdin, process.tty() ? Stdio.TERMINAL : stdio);
  }

  /// A terminal would be ours and end with us, so it is left to a monitor.
  @Override
  public Process execDetached(Task task, String execId, Spec.Process process) throws IOException {
    return exec(task, execId, process, false, process.tty() ? null : Stdio.NULL);
  }

  /// @param stdio null to have runc and a monitor do it
  private Process exec(
      Task task, String execId, Spec.Process process, boolean stdin, @Nullable Stdio stdio)
      throws IOException {
    Bundle own = Bundle.of(task);
    if (own.exit().isPresent() || own.init().isEmpty()) {
      throw notRunning(task);
    }
    ObjectNode spec = specs.process(process, task.spec(), task.root());
    if (direct.isPresent() && stdio != null) {
      Optional<Process> started = direct.get().exec(own, kept(task), spec, execId, stdio);
      if (started.isPresent()) {
        return started.get();
      }
    }
    Bundle bundle = own.exec(execId);
    bundle.clear();
    Files.write(bundle.processSpec(), JSON.writeValueAsBytes(spec));
    Monitor.Attached attached = Waiting.on(() -> monitor.exec(bundle, process.tty(), stdin));
    int pid = attached.answer().pid();
    if (pid <= 0) {
      attached.streams().close();
      Bundle.remove(bundle.directory());
      throw RuntimeErrors.exec(attached.answer().message());
    }
    bundle.rememberInit(pid);
    return new Executed(bundle, pid, attached.streams());
  }

  /// The end of an exec that a former engine started, while its task is not deleted.
  public Optional<Exit> execExit(Task task, String execId) throws IOException {
    return Bundle.of(task).exec(execId).exit();
  }

  @Override
  public void forgetExec(Task task, String execId) throws IOException {
    Bundle bundle = Bundle.of(task).exec(execId);
    if (bundle.init().isEmpty()) {
      Bundle.remove(bundle.directory());
    }
  }

  private record Executed(Bundle bundle, int pid, Streams streams) implements Process {
    @Override
    public void resize(int columns, int rows) throws IOException {
      bundle.resize(columns, rows);
    }

    @Override
    public void kill(int signal) throws IOException {
      if (!bundle.signal(signal)) {
        throw GraftException.conflict("exec " + bundle.key() + " is not running");
      }
    }

    @Override
    public int await() throws IOException, InterruptedException {
      return bundle.await().code();
    }
  }

  @Override
  public List<String> warnings(Spec spec) throws IOException {
    return specs.warnings(spec);
  }

  @Override
  public List<Integer> pids(Task task) throws IOException {
    Optional<Integer> init = Bundle.of(task).init();
    if (init.isEmpty()) {
      throw notRunning(task);
    }
    if (!controlGroups) {
      return Proc.inNamespaceOf(init.get());
    }
    Optional<Cgroup> cgroup = Cgroup.ofProcess(init.get());
    return cgroup.isPresent() ? cgroup.get().pids() : List.of(init.get());
  }

  @Override
  public Map<String, String> versions() {
    return programs.versions();
  }
}
