package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.linux.Errno;
import graft.linux.Fd;
import graft.linux.Launcher;
import graft.linux.LinuxFiles;
import graft.linux.Mounts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Containers that are processes of the engine's own, made without a runtime: a tenth of the time.
/// For what does not have to outlive the engine: the steps of a build.
///
/// **What is not known here is not done here**, as with [DirectExec]: [#start] answers with empty
/// for every field of the specification that it does not know, and for every call on the way that
/// fails; then a runtime is to do it, or to say in its own words why it cannot. Nothing of the
/// container's program has run then, and nothing is left.
///
/// Source of the recipe: [LaunchScript].
final class DirectLaunch {
  private static final System.Logger LOG = System.getLogger(DirectLaunch.class.getName());
  private static final JsonMapper JSON = new JsonMapper();

  private static final Set<String> KNOWN =
      Set.of("ociVersion", "process", "root", "hostname", "mounts", "annotations", "linux");
  private static final Set<String> KNOWN_OF_PROCESS =
      Set.of(
          "user",
          "args",
          "env",
          "cwd",
          "capabilities",
          "rlimits",
          "noNewPrivileges",
          "oomScoreAdj");
  private static final Set<String> KNOWN_OF_LINUX =
      Set.of(
          "sysctl",
          "resources",
          "cgroupsPath",
          "namespaces",
          "seccomp",
          "maskedPaths",
          "readonlyPaths");
  private static final Map<String, Long> NAMESPACES =
      Map.of(
          "mount", LaunchScript.CLONE_NEWNS,
          "uts", LaunchScript.CLONE_NEWUTS,
          "ipc", LaunchScript.CLONE_NEWIPC,
          "pid", LaunchScript.CLONE_NEWPID,
          "network", LaunchScript.CLONE_NEWNET,
          "cgroup", 0L);
  private static final Set<String> ALWAYS_OWN = Set.of("mount", "uts", "ipc", "pid");

  /// What the engine mounts itself; what was asked for may not be there.
  private static final List<String> RESERVED = List.of("/proc", "/sys", "/dev");

  private final DirectExec execs;
  private final Path place;
  private final Map<String, String> hierarchies;

  /// @param place an empty directory of the engine's
  DirectLaunch(DirectExec execs, Path place) throws IOException {
    this.execs = execs;
    this.place = place;
    this.hierarchies = LaunchGroups.hierarchies();
  }

  /// A process, and what is to be taken away when it has ended.
  record Launched(Runtime.Process process, LaunchGroups groups) {}

  /// Starts it with its output on pipes and nothing to read. Empty if it is not for us.
  ///
  /// @param id names its session keyring
  /// @param config as the OCI specification has it
  /// @param root mounted, with a place for each mount
  Optional<Launched> start(String id, String config, Path root) throws IOException {
    if (!DirectExec.supported()) {
      return Optional.empty();
    }
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return start(id, JSON.readTree(config), root, opened);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.INFO, "launch of " + id + ": left to a runtime", e);
      return Optional.empty();
    } finally {
      Entrance.close(opened);
    }
  }

  private Optional<Launched> start(
      String id, JsonNode config, Path root, Deque<AutoCloseable> opened) throws IOException {
    JsonNode process = config.path("process");
    JsonNode linux = config.path("linux");
    Optional<Mounting> mounting = mounting(config.path("mounts"));
    Optional<Joining> joining = joining(linux.path("namespaces"));
    if (!LaunchGroups.only(config, KNOWN)
        || !LaunchGroups.only(config.path("root"), Set.of("path"))
        || !LaunchGroups.only(process, KNOWN_OF_PROCESS)
        || !LaunchGroups.only(linux, KNOWN_OF_LINUX)
        || !LaunchGroups.knows(linux.path("resources"))
        || !linux.path("cgroupsPath").asText().matches("/[^/:]+(/[^/:]+)*")
        || linux.path("cgroupsPath").asText().contains("..")
        || mounting.isEmpty()
        || joining.isEmpty()) {
      return Optional.empty();
    }
    Fd open = LinuxFiles.open(root.toString(), LinuxFiles.O_PATH | LinuxFiles.O_DIRECTORY);
    opened.push(open);
    Optional<ProcessScript> program =
        execs.prepare(id, open, process, linux.path("seccomp"), Stdio.OUTPUT);
    if (program.isEmpty()) {
      return Optional.empty();
    }
    for (LaunchMount.Fresh fresh : mounting.get().asked()) {
      MountPlaces.make(open, fresh.at(), true);
    }
    for (LaunchMount.Bind bind : mounting.get().binds()) {
      if (!bind.at().startsWith("/dev/")) {
        MountPlaces.make(open, bind.at(), Files.isDirectory(bind.source()));
      }
    }
    List<Integer> files = new ArrayList<>();
    Fd tree = Mounts.detached(root, false, 0);
    opened.push(tree);
    files.add(tree.number());
    LaunchGroups groups =
        LaunchGroups.make(hierarchies, linux.path("cgroupsPath").asText(), linux.path("resources"));
    boolean done = false;
    try {
      groups.tasks().forEach(one -> files.add(one.number()));
      if (joining.get().network().isPresent()) {
        Fd network = LinuxFiles.open(joining.get().network().get().toString(), LinuxFiles.O_RDONLY);
        opened.push(network);
        files.add(network.number());
      }
      for (LaunchMount.Bind bind : mounting.get().binds()) {
        Fd mount = Mounts.detached(bind.source(), bind.below(), bind.attributes());
        opened.push(mount);
        files.add(mount.number());
      }
      LaunchScript script = script(config, program.get(), groups, mounting.get(), joining.get());
      try (Fd host = LinuxFiles.open("/", LinuxFiles.O_PATH);
          DirectExec.Ends ends = DirectExec.Ends.open(Stdio.OUTPUT, host, JSON.nullNode())) {
        Launcher.Outcome outcome =
            Launcher.start(
                script.script(), ends.theirs(), files, groups.unified(), joining.get().flags());
        return switch (outcome) {
          case Launcher.Outcome.Started started -> {
            done = true;
            yield Optional.of(
                new Launched(new DirectProcess(id, started.child(), ends.keep()), groups));
          }
          case Launcher.Outcome.Failed failed -> {
            LOG.log(
                System.Logger.Level.INFO,
                "launch of {0}: {1} (call {2} of the script): {3}; left to a runtime",
                id,
                failed.call(),
                failed.index(),
                Errno.text(failed.errno()));
            yield Optional.empty();
          }
        };
      }
    } finally {
      if (done) {
        groups.shut();
      } else {
        groups.close();
      }
    }
  }

  /// What is mounted, in three kinds.
  private record Mounting(
      List<LaunchMount> standard, List<LaunchMount.Fresh> asked, List<LaunchMount.Bind> binds) {}

  private static Optional<Mounting> mounting(JsonNode mounts) {
    List<LaunchMount> standard = new ArrayList<>();
    List<LaunchMount.Fresh> asked = new ArrayList<>();
    List<LaunchMount.Bind> binds = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (JsonNode node : mounts) {
      Optional<LaunchMount> mount = LaunchMount.of(node);
      if (mount.isEmpty()) {
        return Optional.empty();
      }
      String at = mount.get().at();
      boolean reserved = RESERVED.stream().anyMatch(r -> within(at, r));
      switch (mount.get()) {
        case LaunchMount.Groups groups when reserved -> standard.add(groups);
        case LaunchMount.Groups _ -> {
          return Optional.empty();
        }
        case LaunchMount.Fresh fresh when reserved -> standard.add(fresh);
        case LaunchMount.Fresh fresh when fresh.type().equals("tmpfs") -> asked.add(fresh);
        case LaunchMount.Fresh _ -> {
          return Optional.empty();
        }
        // Below the new /dev there is nothing yet.
        case LaunchMount.Bind bind when !reserved || at.startsWith("/dev/") -> binds.add(bind);
        case LaunchMount.Bind _ -> {
          return Optional.empty();
        }
      }
      if (!standard.contains(mount.get())) {
        // One in another would need a place in it, which is not ours to make.
        if (places.stream().anyMatch(p -> within(at, p) || within(p, at))) {
          return Optional.empty();
        }
        places.add(at);
      }
    }
    return Optional.of(new Mounting(standard, asked, binds));
  }

  private static boolean within(String path, String directory) {
    return path.equals(directory) || path.startsWith(directory + "/");
  }

  private record Joining(long flags, Optional<Path> network) {
    boolean ownNetwork() {
      return (flags & LaunchScript.CLONE_NEWNET) != 0;
    }
  }

  private static Optional<Joining> joining(JsonNode namespaces) {
    long flags = 0;
    Optional<Path> network = Optional.empty();
    List<String> own = new ArrayList<>();
    for (JsonNode one : namespaces) {
      String type = one.path("type").asText();
      Long flag = NAMESPACES.get(type);
      if (flag == null) {
        return Optional.empty();
      }
      if (!one.has("path")) {
        flags |= flag;
        own.add(type);
      } else if (type.equals("network")) {
        network = Optional.of(Path.of(one.path("path").asText()));
      } else {
        return Optional.empty();
      }
    }
    return own.containsAll(ALWAYS_OWN)
        ? Optional.of(new Joining(flags, network))
        : Optional.empty();
  }

  private LaunchScript script(
      JsonNode config,
      ProcessScript program,
      LaunchGroups groups,
      Mounting mounting,
      Joining joining)
      throws IOException {
    JsonNode linux = config.path("linux");
    Map<String, String> sysctls = new TreeMap<>();
    linux.path("sysctl").properties().forEach(e -> sysctls.put(e.getKey(), e.getValue().asText()));
    Map<String, Boolean> masked = new TreeMap<>();
    for (JsonNode path : linux.path("maskedPaths")) {
      // The same kernel's as here.
      Path host = Path.of(path.asText());
      if (Files.exists(host)) {
        masked.put(path.asText(), Files.isDirectory(host));
      }
    }
    List<String> readOnly = new ArrayList<>();
    for (JsonNode path : linux.path("readonlyPaths")) {
      if (Files.exists(Path.of(path.asText()))) {
        readOnly.add(path.asText());
      }
    }
    return new LaunchScript(
        program,
        groups.tasks().size(),
        joining.network().isPresent(),
        joining.ownNetwork(),
        config.path("hostname").asText(),
        mounting.standard(),
        mounting.asked(),
        mounting.binds(),
        hierarchies,
        sysctls,
        masked,
        readOnly,
        place.toString());
  }
}
