package graft.docker.container;

import java.nio.file.Files;
import java.nio.file.Path;

/// What of the host decides whether a request can be met.
///
/// @param cpus how many processors there are
/// @param unified whether the control groups are version 2
/// @param blockWeight whether the kernel can weigh block I/O
public record Machine(int cpus, boolean unified, boolean blockWeight) {
  public static Machine current() {
    boolean unified = Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    return new Machine(
        java.lang.Runtime.getRuntime().availableProcessors(),
        unified,
        Files.exists(Path.of("/sys/fs/cgroup/blkio/blkio.weight"))
            || Files.exists(Path.of("/sys/fs/cgroup/blkio/blkio.bfq.weight")));
  }
}
