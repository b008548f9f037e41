package graft.runtime;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.error.GraftException;
import graft.linux.Descriptor;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.InRoot;
import graft.linux.Launcher;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.Terminal;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Execs without a runtime and a monitor: the engine's own process forks one that enters the
/// container ([ExecScript], [Launcher]). A tenth of the time, and nothing on disk.
///
/// **What is not known here is not done here.** [#exec] answers with empty for another processor, a
/// user namespace, an LSM's label, a seccomp profile that only libseccomp understands, a container
/// that runc did not make, and for any system call on the way that fails: then runc is to do it, or
/// to say in its own words why it cannot. Until the last call of the script nothing has happened
/// that would be done twice. Only what users get wrong every day, a program or a directory that is
/// not there, is said here.
///
/// **When the engine ends**, the processes go on, and get SIGPIPE or SIGHUP with what they next
/// write; one that was started detached never notices. The next engine knows of no exec.
final class DirectExec {
  static final System.Logger LOG = System.getLogger(DirectExec.class.getName());
  private static final JsonMapper JSON = new JsonMapper();
  private static final String START = "unable to start container process: ";
  private static final int LIMIT = 4 * 1024 * 1024;
  private static final int MOST_KEPT = 256;

  /// CAP_AUDIT_READ, of Linux 3.16.
  private static final int LEAST_LAST_CAPABILITY = 37;

  private static final byte[] SELF = {};

  private static final class Holder {
    static final boolean SUPPORTED =
        Launcher.supported() && !Files.exists(Path.of("/sys/fs/selinux/enforce"));
    static final int LAST_CAPABILITY = lastCapability();
  }

  /// What a container's `config.json` says of system calls, as of that time.
  private record Confinement(FileTime at, boolean known, Optional<SeccompFilter> filter) {}

  private final Map<String, Confinement> confinements = new ConcurrentHashMap<>();

  /// Compiled for all containers of the same profile; the oldest goes first.
  private final Map<JsonNode, Optional<SeccompFilter>> filters =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<JsonNode, Optional<SeccompFilter>> eldest) {
          return size() > MOST_KEPT;
        }
      };

  /// In one read: a second one of a file below `/proc/sys` finds its end, so [Files], which begin
  /// with small ones, would read the 4 of 40.
  private static int lastCapability() {
    try (InputStream in = new FileInputStream("/proc/sys/kernel/cap_last_cap")) {
      byte[] text = new byte[16];
      int n = in.read(text);
      int last = Integer.parseInt(new String(text, 0, n, StandardCharsets.US_ASCII).strip());
      return last >= LEAST_LAST_CAPABILITY && last < Long.SIZE ? last : -1;
    } catch (IOException | RuntimeException e) {
      return -1;
    }
  }

  static boolean supported() {
    return Holder.SUPPORTED && Holder.LAST_CAPABILITY >= 0;
  }

  /// Empty if it is not for us.
  ///
  /// @param process as the OCI specification describes it
  Optional<Runtime.Process> exec(
      Bundle container, RuncState state, JsonNode process, String execId, Stdio stdio)
      throws IOException {
    if (!supported()
        || process.has("apparmorProfile")
        || process.has("selinuxLabel")
        || !knownCapabilities(process)
        || !process.path("cwd").asText("/").startsWith("/")) {
      return Optional.empty();
    }
    Optional<Map<String, String>> env = environment(process.path("env"));
    if (env.isEmpty()) {
      return Optional.empty();
    }
    try (Entrance entrance = Entrance.open(container, state)) {
      Confinement confinement = confinement(container);
      return entrance.usable() && confinement.known()
          ? launch(container, entrance, process, env.get(), confinement, execId, stdio)
          : Optional.empty();
    } catch (LinuxException | FileSystemException | JacksonException e) {
      LOG.log(System.Logger.Level.DEBUG, "exec in " + container.id() + ": left to runc", e);
      return Optional.empty();
    }
  }

  private static boolean knownCapabilities(JsonNode process) {
    for (JsonNode name : process.path("capabilities").path("bounding")) {
      if (Capabilities.number(name.asText()) < 0) {
        return false;
      }
    }
    return true;
  }

  /// The script of the first process of a container that is about to be made; empty if it is not
  /// for us.
  ///
  /// @param root open, without what will be mounted on it
  /// @param seccomp of the specification; missing for none
  Optional<ProcessScript> prepare(
      String id, Fd root, JsonNode process, JsonNode seccomp, Stdio stdio) throws IOException {
    Optional<Map<String, String>> env = environment(process.path("env"));
    Optional<SeccompFilter> filter = seccomp.isMissingNode() ? Optional.empty() : compiled(seccomp);
    String cwd = process.path("cwd").asText("/");
    if (!knownCapabilities(process)
        || env.isEmpty()
        || !cwd.startsWith("/")
        || (filter.isEmpty() && !seccomp.isMissingNode())) {
      return Optional.empty();
    }
    String path = env.get().getOrDefault("PATH", "");
    return switch (new ProgramSearch(root).find(process.path("args").path(0).asText(), path, cwd)) {
      case ProgramSearch.Found.Program found -> {
        if (env.get().getOrDefault("HOME", "").isEmpty()) {
          env.get().put("HOME", home(root, process.path("user").path("uid").asLong()));
        }
        yield Optional.of(
            new ProcessScript(
                process, found.path(), env.get(), id, filter, stdio, Holder.LAST_CAPABILITY));
      }
      case ProgramSearch.Found.Nothing _, ProgramSearch.Found.Unclear _ -> Optional.empty();
    };
  }

  private static Optional<Runtime.Process> launch(
      Bundle container,
      Entrance entrance,
      JsonNode process,
      Map<String, String> env,
      Confinement confinement,
      String execId,
      Stdio stdio)
      throws IOException {
    ProgramSearch search = new ProgramSearch(entrance.root());
    String cwd = process.path("cwd").asText("/");
    int there = search.directory(cwd);
    if (there == Errno.ENOENT || there == Errno.ENOTDIR) {
      throw badDirectory(cwd, there);
    }
    String path = env.getOrDefault("PATH", "");
    String program;
    switch (search.find(process.path("args").path(0).asText(), path, cwd)) {
      case ProgramSearch.Found.Program found -> program = found.path();
      case ProgramSearch.Found.Nothing nothing ->
          throw RuntimeErrors.exec(START + nothing.reason());
      case ProgramSearch.Found.Unclear _ -> {
        return Optional.empty();
      }
    }
    if (env.getOrDefault("HOME", "").isEmpty()) {
      env.put("HOME", home(entrance.root(), process.path("user").path("uid").asLong()));
    }
    ExecScript script =
        new ExecScript(
            new ProcessScript(
                process,
                program,
                env,
                container.id(),
                confinement.filter(),
                stdio,
                Holder.LAST_CAPABILITY),
            entrance.tasks().size());
    try (Ends ends = Ends.open(stdio, entrance.root(), process.path("consoleSize"))) {
      Launcher.Outcome outcome =
          Launcher.start(
              script.script(), ends.theirs(), entrance.files(), entrance.unifiedNumber());
      return switch (outcome) {
        case Launcher.Outcome.Started started ->
            Optional.of(new DirectProcess(execId, started.child(), ends.keep()));
        case Launcher.Outcome.Failed failed -> {
          LOG.log(
              // What is wrong with a program is its user's business.
              failed.call().equals("execve") ? System.Logger.Level.DEBUG : System.Logger.Level.INFO,
              "exec in {0}: {1} (call {2} of the script): {3}; left to runc",
              container.id(),
              failed.call(),
              failed.index(),
              Errno.text(failed.errno()));
          if (failed.call().equals("chdir")) {
            throw badDirectory(cwd, failed.errno());
          }
          // A directory that is another one for each process is not for the runtime to go to: it
          // may be a directory of the host there (CVE-2024-21626).
          if (there != 0) {
            throw badDirectory(cwd, there);
          }
          yield Optional.empty();
        }
      };
    }
  }

  private static GraftException badDirectory(String cwd, int errno) {
    return RuntimeErrors.exec(
        START + "chdir to cwd (\"" + cwd + "\") set in config.json failed: " + Errno.text(errno));
  }

  private static String home(Fd root, long uid) throws IOException {
    Optional<byte[]> passwd = InRoot.read(Path.of(root.path()), "/etc/passwd", LIMIT);
    String text = passwd.map(b -> new String(b, StandardCharsets.UTF_8)).orElse("");
    return Users.parse(text, "").home(uid);
  }

  /// A later value of a variable replaces an earlier one; empty if one has no name or no value.
  private static Optional<Map<String, String>> environment(JsonNode list) {
    Map<String, String> env = new LinkedHashMap<>();
    for (JsonNode one : list) {
      String pair = one.asText();
      int equals = pair.indexOf('=');
      if (equals < 1 || pair.indexOf('\0') >= 0) {
        return Optional.empty();
      }
      env.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return Optional.of(env);
  }

  /// The filter that the container's own first process has.
  private Confinement confinement(Bundle container) throws IOException {
    FileTime at = Files.getLastModifiedTime(container.config());
    Confinement known = confinements.get(container.id());
    if (known != null && known.at().equals(at)) {
      return known;
    }
    JsonNode profile =
        JSON.readTree(Files.readAllBytes(container.config())).path("linux").path("seccomp");
    Optional<SeccompFilter> filter = profile.isMissingNode() ? Optional.empty() : compiled(profile);
    Confinement now = new Confinement(at, profile.isMissingNode() || filter.isPresent(), filter);
    if (confinements.size() >= MOST_KEPT) {
      confinements.clear();
    }
    confinements.put(container.id(), now);
    return now;
  }

  private Optional<SeccompFilter> compiled(JsonNode profile) {
    synchronized (filters) {
      return filters.computeIfAbsent(profile, SeccompFilter::compile);
    }
  }

  /// The ends of the standard streams: theirs, which are closed here when the process has them, and
  /// ours, which are closed unless they are kept.
  static final class Ends implements AutoCloseable {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final List<Descriptor> ours = new ArrayList<>();
    private final List<Integer> theirs = new ArrayList<>();
    private @Nullable Descriptor terminal;
    private LocalStreams streams = LocalStreams.none();

    /// @param root the container's
    /// @param size of a terminal, if it is known
    static Ends open(Stdio stdio, Fd root, JsonNode size) throws IOException {
      Ends ends = new Ends();
      boolean done = false;
      try {
        switch (stdio) {
          case NULL -> {
            int none = ends.none(root, LinuxFiles.O_RDWR);
            ends.theirs.addAll(List.of(none, none, none));
          }
          case OUTPUT -> {
            ends.theirs.add(ends.none(root, LinuxFiles.O_RDONLY));
            ends.outputs(Optional.empty());
          }
          case PIPES -> {
            Descriptor.Pipe input = Descriptor.pipe(false);
            ends.opened.push(input.reader());
            ends.ours.add(input.writer());
            ends.theirs.add(input.reader().number());
            ends.outputs(Optional.of(input.writer()));
          }
          case TERMINAL -> {
            Semaphore news = new Semaphore(0);
            Terminal terminal = Terminal.open(root, news);
            ends.opened.push(terminal.slave());
            ends.ours.add(terminal.master());
            ends.terminal = terminal.master();
            if (size.isObject()) {
              terminal.master().resize(size.path("width").asInt(), size.path("height").asInt());
            }
            int slave = terminal.slave().number();
            ends.theirs.addAll(List.of(slave, slave, slave));
            ends.streams = LocalStreams.terminal(terminal.master(), news);
          }
        }
        done = true;
        return ends;
      } finally {
        if (!done) {
          ends.close();
        }
      }
    }

    private void outputs(Optional<Descriptor> input) throws IOException {
      Semaphore news = new Semaphore(0);
      List<Descriptor> readers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        Descriptor.Pipe pipe = Descriptor.pipe(true, news);
        opened.push(pipe.writer());
        ours.add(pipe.reader());
        readers.add(pipe.reader());
        theirs.add(pipe.writer().number());
      }
      streams = LocalStreams.pipes(input, readers.get(0), readers.get(1), news);
    }

    /// The container's own `/dev/null`: of the host's, root in the container could change the mode.
    private int none(Fd root, int mode) throws IOException {
      long walk =
          LinuxFiles.RESOLVE_IN_ROOT
              | LinuxFiles.RESOLVE_NO_SYMLINKS
              | LinuxFiles.RESOLVE_NO_MAGICLINKS;
      byte[] name = "dev/null".getBytes(StandardCharsets.US_ASCII);
      try (Fd named = LinuxFiles.openat2(root.number(), name, LinuxFiles.O_PATH, 0, walk)) {
        LinuxFiles.Stat stat = LinuxFiles.stat(named.number(), SELF);
        if (stat.type() != LinuxFiles.Stat.CHAR || stat.rdevMajor() != 1 || stat.rdevMinor() != 3) {
          throw new LinuxException("open", "/dev/null of the container", Errno.ENODEV);
        }
        Fd none = LinuxFiles.open(named.path(), mode);
        opened.push(none);
        return none.number();
      }
    }

    List<Integer> theirs() {
      return theirs;
    }

    record Kept(LocalStreams streams, Optional<Descriptor> terminal) {}

    Kept keep() {
      ours.clear();
      return new Kept(streams, Optional.ofNullable(terminal));
    }

    @Override
    public void close() {
      Entrance.close(opened);
      ours.forEach(Descriptor::close);
    }
  }
}
