package graft.runtime;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.linux.IdMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes `config.json` of the OCI runtime specification: what a [Spec] says, and Docker's defaults
/// for all it does not say.
public final class SpecWriter {
  /// @param warnings what was asked for and could not be had on this host
  public record Result(String json, List<String> warnings) {
    public Result {
      warnings = List.copyOf(warnings);
    }
  }

  private static final JsonMapper JSON = new JsonMapper();
  private static final String VERSION = "1.2.1";
  private static final String INIT = "/sbin/docker-init";
  private static final List<String> MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  /// What a container can read and not write, unless it says otherwise.
  public static final List<String> READONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  /// Names of limits; the place in the list is the kernel's number.
  static final List<String> LIMITS =
      List.of(
          "cpu",
          "fsize",
          "data",
          "stack",
          "core",
          "rss",
          "nproc",
          "nofile",
          "memlock",
          "as",
          "locks",
          "sigpending",
          "msgqueue",
          "nice",
          "rtprio",
          "rttime");

  private final Host host;
  private final ResourceWriter resources;

  public SpecWriter(Host host) {
    this.host = host;
    this.resources = new ResourceWriter(host.unified());
  }

  public Result write(Spec spec, String id, Path root) throws IOException {
    List<String> warnings = new ArrayList<>();
    boolean privileged = spec.process().privileged();
    ObjectNode config = JSON.createObjectNode();
    config.put("ociVersion", VERSION);
    ObjectNode process = processOf(spec.process(), spec, root, warnings);
    config.set("process", process);
    if (spec.init()) {
      prependInit(process);
    }
    ObjectNode rootNode = config.putObject("root");
    rootNode.put("path", root.toString());
    if (spec.readonlyRoot()) {
      rootNode.put("readonly", true);
    }
    if (spec.namespaces().uts() instanceof Spec.Namespace.Own) {
      config.put("hostname", spec.hostname());
    }
    config.set("mounts", new StandardMounts(host).of(spec));
    if (!spec.annotations().isEmpty()) {
      ObjectNode annotations = config.putObject("annotations");
      new TreeMap<>(spec.annotations()).forEach(annotations::put);
    }
    ObjectNode linux = config.putObject("linux");
    rootPropagation(spec.mounts()).ifPresent(p -> linux.put("rootfsPropagation", p));
    sysctls(spec, linux);
    ObjectNode resources =
        host.controlGroups()
            ? this.resources.of(spec.resources(), warnings)
            : JSON.createObjectNode();
    linux.set("resources", resources);
    ResourceWriter.devices(spec, linux, resources);
    if (host.controlGroups()) {
      linux.put("cgroupsPath", cgroupPath(spec, id));
    }
    namespaces(spec.namespaces(), linux.putArray("namespaces"));
    users(spec.namespaces().user(), linux);
    seccomp(spec, privileged).ifPresent(filter -> linux.set("seccomp", filter));
    List<String> none = List.of();
    paths(linux, "maskedPaths", spec.security().maskedPaths().orElse(privileged ? none : masked()));
    paths(
        linux,
        "readonlyPaths",
        spec.security().readonlyPaths().orElse(privileged ? none : READONLY));
    spec.security().selinuxLabel().ifPresent(label -> linux.put("mountLabel", label));
    return new Result(JSON.writeValueAsString(config), warnings);
  }

  /// What the root must let through, where a mount below it is to be shared with the host.
  private static Optional<String> rootPropagation(List<Spec.Mount> mounts) {
    Set<String> all = new HashSet<>();
    mounts.stream().filter(m -> m.type().equals("bind")).forEach(m -> all.addAll(m.options()));
    if (all.contains("shared") || all.contains("rshared")) {
      return Optional.of("shared");
    }
    return all.contains("slave") || all.contains("rslave")
        ? Optional.of("rslave")
        : Optional.empty();
  }

  /// The process of an exec. `container` gives what an exec inherits: security and user namespace.
  ObjectNode process(Spec.Process process, Spec container, Path root) throws IOException {
    return processOf(process, container, root, new ArrayList<>());
  }

  /// `/graft/ID`, or below the parent that was asked for.
  public static String cgroupPath(Spec spec, String id) {
    String parent = spec.cgroupParent().isEmpty() ? "/graft" : spec.cgroupParent();
    return (parent.endsWith("/") ? parent : parent + "/") + id;
  }

  private ObjectNode processOf(Spec.Process process, Spec spec, Path root, List<String> warnings)
      throws IOException {
    ObjectNode node = JSON.createObjectNode();
    if (process.tty()) {
      node.put("terminal", true);
      if (process.columns() > 0 && process.rows() > 0) {
        ObjectNode size = node.putObject("consoleSize");
        size.put("height", process.rows());
        size.put("width", process.columns());
      }
    }
    Users.Identity who = Users.in(root).find(process.user(), process.groups());
    ObjectNode user = node.putObject("user");
    user.put("uid", who.uid());
    user.put("gid", who.gid());
    ArrayNode groups = user.putArray("additionalGids");
    who.groups().forEach(groups::add);
    paths(node, "args", process.args());
    paths(node, "env", process.env());
    node.put("cwd", process.cwd().isEmpty() ? "/" : process.cwd());
    List<String> names = Capabilities.of(spec.security(), process.privileged(), host);
    ObjectNode capabilities = node.putObject("capabilities");
    for (String set : List.of("bounding", "effective", "permitted")) {
      ArrayNode list = capabilities.putArray(set);
      names.forEach(list::add);
    }
    rlimits(process.ulimits(), node, warnings);
    if (spec.security().noNewPrivileges()) {
      node.put("noNewPrivileges", true);
    }
    apparmor(spec.security(), process.privileged(), warnings)
        .ifPresent(profile -> node.put("apparmorProfile", profile));
    spec.security().selinuxLabel().ifPresent(label -> node.put("selinuxLabel", label));
    node.put("oomScoreAdj", oomScore(spec.oomScoreAdj(), warnings));
    return node;
  }

  private int oomScore(int wanted, List<String> warnings) {
    if (wanted >= host.oomScoreAdj() || host.mayRaise()) {
      return wanted;
    }
    if (wanted != 0) {
      warnings.add(
          "oom_score_adj "
              + wanted
              + " is below that of the engine, which may not lower it; it is "
              + host.oomScoreAdj());
    }
    return host.oomScoreAdj();
  }

  private static int number(Spec.Ulimit limit) {
    return LIMITS.indexOf(limit.name().toLowerCase(Locale.ROOT));
  }

  private void rlimits(List<Spec.Ulimit> limits, ObjectNode node, List<String> warnings)
      throws IOException {
    if (limits.isEmpty()) {
      return;
    }
    ArrayNode list = node.putArray("rlimits");
    for (Spec.Ulimit limit : limits) {
      int number = number(limit);
      if (number < 0) {
        throw GraftException.invalid("invalid ulimit type: " + limit.name());
      }
      long ours = host.mayRaise() ? -1 : host.limits().hard(number);
      long hard = smaller(limit.hard(), ours);
      long soft = smaller(limit.soft(), hard);
      if (hard != limit.hard()) {
        warnings.add(
            "ulimit "
                + limit.name()
                + ": the hard limit "
                + limit.hard()
                + " is above that of the engine, which may not raise it; it is "
                + ours);
      }
      ObjectNode one = list.addObject();
      one.put("type", "RLIMIT_" + limit.name().toUpperCase(Locale.ROOT));
      one.put("hard", new java.math.BigInteger(Long.toUnsignedString(hard)));
      one.put("soft", new java.math.BigInteger(Long.toUnsignedString(soft)));
    }
  }

  private static long smaller(long a, long b) {
    return Long.compareUnsigned(a, b) <= 0 ? a : b;
  }

  private Optional<String> apparmor(
      Spec.Security security, boolean privileged, List<String> warnings) throws IOException {
    if (!host.apparmor()) {
      return Optional.empty();
    }
    if (security.apparmor().isPresent()) {
      return security.apparmor();
    }
    if (privileged) {
      return Optional.of("unconfined");
    }
    String loaded = "";
    Path profiles = Path.of("/sys/kernel/security/apparmor/profiles");
    if (Files.isReadable(profiles)) {
      loaded = Files.readString(profiles);
    }
    if (loaded.contains("docker-default ")) {
      return Optional.of("docker-default");
    }
    warnings.add(
        "AppArmor is on, but its profile docker-default is not loaded: not confined by it");
    return Optional.empty();
  }

  private void prependInit(ObjectNode process) {
    if (host.init().isEmpty()) {
      throw GraftException.notFound(
          "start with an init process: this host has none of docker-init, tini-static, catatonit;"
              + " install the package tini or catatonit, or start without --init");
    }
    ArrayNode args = process.withArray("args");
    args.insert(0, INIT);
    args.insert(1, "--");
  }

  private Optional<ObjectNode> seccomp(Spec spec, boolean privileged) throws IOException {
    Optional<String> asked = spec.security().seccomp();
    if (asked.isPresent() && asked.get().equals("unconfined")) {
      return Optional.empty();
    }
    Seccomp seccomp = new Seccomp(host, Capabilities.of(spec.security(), privileged, host));
    if (asked.isPresent() && !asked.get().equals("builtin")) {
      return Optional.of(seccomp.custom(asked.get()));
    }
    return privileged && asked.isEmpty() ? Optional.empty() : Optional.of(seccomp.standard());
  }

  private void sysctls(Spec spec, ObjectNode linux) {
    Map<String, String> all = new TreeMap<>();
    if (!(spec.namespaces().network() instanceof Spec.Namespace.Host)) {
      all.put("net.ipv4.ip_unprivileged_port_start", "0");
      // Both ends have to exist.
      Spec.UserSpace user = spec.namespaces().user();
      long groups = user == null ? host.users().contiguousGroups() : user.ids().contiguousGroups();
      all.put("net.ipv4.ping_group_range", "0 " + Math.min(Integer.MAX_VALUE, groups - 1));
    }
    if (!spec.domainname().isEmpty() && spec.namespaces().uts() instanceof Spec.Namespace.Own) {
      all.put("kernel.domainname", spec.domainname());
    }
    all.putAll(spec.sysctls());
    if (!all.isEmpty()) {
      ObjectNode sysctl = linux.putObject("sysctl");
      all.forEach(sysctl::put);
    }
  }

  /// For `update`: limits alone, in the words of the specification.
  ObjectNode update(Spec.Resources wanted) throws IOException {
    return resources.update(wanted);
  }

  /// What cannot be had on this host of what is asked for, in sentences.
  List<String> warnings(Spec spec) throws IOException {
    List<String> warnings = new ArrayList<>();
    // One that is unknown is said at the start, as Docker does.
    List<Spec.Ulimit> known =
        spec.process().ulimits().stream().filter(l -> number(l) >= 0).toList();
    rlimits(known, JSON.createObjectNode(), warnings);
    oomScore(spec.oomScoreAdj(), warnings);
    return warnings;
  }

  private static void namespaces(Spec.Namespaces namespaces, ArrayNode list) {
    list.addObject().put("type", "mount");
    Map<String, Spec.Namespace> all = new HashMap<>();
    all.put("network", namespaces.network());
    all.put("uts", namespaces.uts());
    all.put("pid", namespaces.pid());
    all.put("ipc", namespaces.ipc());
    all.put("cgroup", namespaces.cgroup());
    for (String type : List.of("network", "uts", "pid", "ipc", "cgroup")) {
      switch (all.get(type)) {
        case Spec.Namespace.Host host -> {}
        case Spec.Namespace.Own own -> list.addObject().put("type", type);
        case Spec.Namespace.At at ->
            list.addObject().put("type", type).put("path", at.path().toString());
        case null -> throw new IllegalStateException(type);
      }
    }
  }

  private static void users(Spec.@Nullable UserSpace user, ObjectNode linux) {
    if (user == null) {
      return;
    }
    linux
        .withArray("namespaces")
        .addObject()
        .put("type", "user")
        .put("path", user.path().toString());
    ranges(user.ids().uids(), linux.putArray("uidMappings"));
    ranges(user.ids().gids(), linux.putArray("gidMappings"));
  }

  private static void ranges(List<IdMap.Range> ranges, ArrayNode list) {
    for (IdMap.Range range : ranges) {
      ObjectNode one = list.addObject();
      one.put("containerID", range.inside());
      one.put("hostID", range.outside());
      one.put("size", range.length());
    }
  }

  /// The defaults, and the thermal throttling counters of each processor where there are some. What
  /// is hidden from a container, unless it says otherwise.
  public static List<String> masked() {
    List<String> all = new ArrayList<>(MASKED);
    for (int cpu = 0; ; cpu++) {
      Path directory = Path.of("/sys/devices/system/cpu/cpu" + cpu);
      if (!Files.exists(directory)) {
        return all;
      }
      Path throttle = directory.resolve("thermal_throttle");
      if (Files.exists(throttle)) {
        all.add(throttle.toString());
      }
    }
  }

  private static void paths(ObjectNode node, String field, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode list = node.putArray(field);
      values.forEach(list::add);
    }
  }
}
