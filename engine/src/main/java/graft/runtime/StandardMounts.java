package graft.runtime;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The mounts every container has, before those it asked for. One that is asked for at the same
/// place replaces the standard one; `/dev` replaces all that is mounted below it as well.
final class StandardMounts {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> TMPFS = List.of("noexec", "nosuid", "nodev", "rprivate");
  private static final Set<String> PROPAGATION =
      Set.of("private", "rshared", "shared", "rslave", "slave", "unbindable", "runbindable");

  private final Host host;

  StandardMounts(Host host) {
    this.host = host;
  }

  ArrayNode of(Spec spec) {
    boolean privileged = spec.process().privileged();
    List<Spec.Mount> mounts = new ArrayList<>();
    mounts.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
    mounts.add(mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    mounts.add(
        mount(
            "/dev/pts",
            "devpts",
            "devpts",
            "nosuid",
            "noexec",
            "newinstance",
            "ptmxmode=0666",
            "mode=0620",
            "gid=5"));
    List<String> sys = new ArrayList<>(List.of("nosuid", "noexec", "nodev"));
    List<String> cgroup = new ArrayList<>(List.of("nosuid", "noexec", "nodev"));
    if (!privileged) {
      sys.addLast("ro");
      if (!spec.security().writableCgroups()) {
        cgroup.addFirst("ro");
      }
    }
    mounts.add(new Spec.Mount("/sys", "sysfs", "sysfs", sys));
    mounts.add(new Spec.Mount("/sys/fs/cgroup", "cgroup", "cgroup", cgroup));
    mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
    if (spec.namespaces().ipc() instanceof Spec.Namespace.Host) {
      mounts.add(mount("/dev/shm", "bind", "/dev/shm", "rbind", "rprivate"));
    } else if (spec.shmSize() > 0) {
      String size = "size=" + spec.shmSize();
      mounts.add(mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", size));
    }
    Set<String> asked =
        spec.mounts().stream().map(Spec.Mount::destination).collect(Collectors.toSet());
    mounts.removeIf(m ->
        asked.contains(m.destination())
            || (asked.contains("/dev") && m.destination().startsWith("/dev/")));
    if (spec.init()) {
      host.init()
          .ifPresent(
              p -> mounts.add(mount("/sbin/docker-init", "bind", p.toString(), "bind", "ro")));
    }
    mounts.addAll(spec.mounts());
    ArrayNode list = JSON.createArrayNode();
    for (Spec.Mount mount : mounts) {
      ObjectNode node = list.addObject();
      node.put("destination", mount.destination());
      node.put("type", mount.type());
      boolean tmpfs = mount.type().equals("tmpfs") && spec.mounts().contains(mount);
      node.put("source", mount.source().isEmpty() ? mount.type() : mount.source());
      ArrayNode options = node.putArray("options");
      (tmpfs ? withDefaults(mount.options()) : mount.options()).forEach(options::add);
    }
    return list;
  }

  /// A tmpfs that was asked for is closed to programs, set-uid files and devices, unless told
  /// otherwise.
  private static List<String> withDefaults(List<String> asked) {
    List<String> options = new ArrayList<>();
    for (String standard : TMPFS) {
      String opposite = standard.startsWith("no") ? standard.substring(2) : "";
      boolean overridden =
          asked.contains(standard)
              || asked.contains(opposite)
              || (opposite.isEmpty() && asked.stream().anyMatch(PROPAGATION::contains));
      if (!overridden) {
        options.add(standard);
      }
    }
    options.addAll(asked);
    return options;
  }

  private static Spec.Mount mount(String at, String type, String source, String... options) {
    return new Spec.Mount(at, type, source, List.of(options));
  }
}
