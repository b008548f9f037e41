package graft.docker.container;

import graft.runtime.Cgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What of the host decides whether a request can be met.
///
/// @param cpus how many processors there are
/// @param unified whether the control groups are version 2
/// @param controls what the kernel can limit
/// @param labels whether SELinux is on
public record Machine(int cpus, boolean unified, Set<Control> controls, boolean labels) {
  /// One thing that can be limited. Of version 1 it is there if a file of its controller is, of
  /// version 2 if the controller is on; an empty name is "not in this version".
  public enum Control {
    MEMORY("memory/memory.limit_in_bytes", "memory"),
    SWAP("memory/memory.memsw.limit_in_bytes", "memory"),
    SWAPPINESS("memory/memory.swappiness", ""),
    RESERVATION("memory/memory.soft_limit_in_bytes", "memory"),
    OOM_DISABLE("memory/memory.oom_control", ""),
    KERNEL_MEMORY_TCP("memory/memory.kmem.tcp.limit_in_bytes", ""),
    PIDS("pids", "pids"),
    CPU_SHARES("cpu/cpu.shares", "cpu"),
    CPU_QUOTA("cpu/cpu.cfs_quota_us", "cpu"),
    CPU_REALTIME("cpu/cpu.rt_runtime_us", ""),
    CPUSET("cpuset", "cpuset"),
    BLOCK_WEIGHT("blkio/blkio.weight", "io"),
    BLOCK_WEIGHT_DEVICE("blkio/blkio.weight_device", "io"),
    BLOCK_READ_BPS("blkio/blkio.throttle.read_bps_device", "io"),
    BLOCK_WRITE_BPS("blkio/blkio.throttle.write_bps_device", "io"),
    BLOCK_READ_IOPS("blkio/blkio.throttle.read_iops_device", "io"),
    BLOCK_WRITE_IOPS("blkio/blkio.throttle.write_iops_device", "io");

    private final String file;
    private final String controller;

    Control(String file, String controller) {
      this.file = file;
      this.controller = controller;
    }
  }

  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  public Machine {
    controls = Set.copyOf(controls);
  }

  public static Machine current() {
    int cpus = java.lang.Runtime.getRuntime().availableProcessors();
    boolean labels = Files.exists(Path.of("/sys/fs/selinux/enforce"));
    Machine all = of(CGROUPS, cpus, labels);
    return Cgroup.available() ? all : new Machine(cpus, all.unified(), Set.of(), labels);
  }

  /// @param root where the control groups are mounted
  static Machine of(Path root, int cpus, boolean labels) {
    Path list = root.resolve("cgroup.controllers");
    boolean unified = Files.exists(list);
    List<String> controllers = unified ? words(list) : List.of();
    Set<Control> controls = EnumSet.noneOf(Control.class);
    for (Control control : Control.values()) {
      if (unified
          ? controllers.contains(control.controller)
          : Files.exists(root.resolve(control.file))) {
        controls.add(control);
      }
    }
    // The scheduler that can weigh has its own name for it since Linux 5.0.
    if (!unified && Files.exists(root.resolve("blkio/blkio.bfq.weight"))) {
      controls.add(Control.BLOCK_WEIGHT);
    }
    return new Machine(cpus, unified, controls, labels);
  }

  private static List<String> words(Path file) {
    try {
      return List.of(Files.readString(file).strip().split(" "));
    } catch (IOException e) {
      return List.of();
    }
  }

  boolean has(Control control) {
    return controls.contains(control);
  }
}
