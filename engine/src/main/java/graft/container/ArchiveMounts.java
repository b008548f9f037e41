package graft.container;

import graft.error.GraftException;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.runtime.Runtime;
import graft.runtime.Runtime.Task;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Mounts the file system of a container that does not run for as long as somebody looks into it.
final class ArchiveMounts {
  private final Lifecycle lifecycle;
  private final Snapshotter snapshots;
  private final ContainerMounts points;
  private final Runtime runtime;
  private final Map<String, Integer> users = new HashMap<>();

  ArchiveMounts(
      Lifecycle lifecycle, Snapshotter snapshots, ContainerMounts points, Runtime runtime) {
    this.lifecycle = lifecycle;
    this.snapshots = snapshots;
    this.points = points;
    this.runtime = runtime;
  }

  ContainerArchive open(String id) throws IOException {
    ContainerArchive[] opened = new ContainerArchive[1];
    lifecycle.change(
        id,
        (c, task) -> {
          if (c.state().alive()) {
            opened[0] = ofRunning(c, task);
            return;
          }
          Path root = snapshots.mount(id);
          points.open(c, looker(id), false);
          synchronized (users) {
            users.merge(id, 1, Integer::sum);
          }
          opened[0] =
              new ContainerArchive(
                  c, root, snapshots.ids(id), p -> points.place(c, p), () -> release(id));
        });
    return opened[0];
  }

  /// The root is held open, and the process is asked after once it is: its number may be another's
  /// by the time that somebody reads, a process of the host's even, with the host's files.
  private ContainerArchive ofRunning(Container c, Task task) throws IOException {
    Fd root =
        LinuxFiles.open(
            "/proc/" + c.state().pid() + "/root", LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH);
    try {
      List<Integer> alive = runtime.pids(task); // CONFLICT if the first one is gone
      if (!alive.contains(c.state().pid())) {
        throw GraftException.conflict("container " + c.id() + " is not running");
      }
    } catch (IOException | RuntimeException e) {
      root.close();
      throw e;
    }
    return new ContainerArchive(
        c, Path.of(root.path()), snapshots.ids(c.id()), p -> points.place(c, p), root::close);
  }

  private static String looker(String id) {
    return id + "-archive";
  }

  private void release(String id) throws IOException {
    synchronized (users) {
      if (users.merge(id, -1, Integer::sum) > 0) {
        return;
      }
      users.remove(id);
    }
    if (!snapshots.exists(id)) {
      return;
    }
    lifecycle.change(
        id,
        (c, _) -> {
          boolean used;
          synchronized (users) {
            used = users.containsKey(id);
          }
          if (!used && c.state().alive()) {
            points.leave(c, looker(id));
          } else if (!used) {
            points.close(c, looker(id), false);
            snapshots.unmount(id);
          }
        });
  }
}
