package graft.container;

import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/// Mounts the file system of a container that does not run for as long as somebody looks into it.
final class ArchiveMounts {
  private final Lifecycle lifecycle;
  private final Snapshotter snapshots;
  private final ContainerMounts points;
  private final Map<String, Integer> users = new HashMap<>();

  ArchiveMounts(Lifecycle lifecycle, Snapshotter snapshots, ContainerMounts points) {
    this.lifecycle = lifecycle;
    this.snapshots = snapshots;
    this.points = points;
  }

  ContainerArchive open(String id) throws IOException {
    ContainerArchive[] opened = new ContainerArchive[1];
    lifecycle.change(
        id,
        (c, _) -> {
          if (c.state().alive()) {
            Path root = Path.of("/proc/" + c.state().pid() + "/root");
            opened[0] = new ContainerArchive(c, root, p -> points.place(c, p), () -> {});
            return;
          }
          Path root = snapshots.mount(id);
          points.open(c, looker(id), false);
          synchronized (users) {
            users.merge(id, 1, Integer::sum);
          }
          opened[0] = new ContainerArchive(c, root, p -> points.place(c, p), () -> release(id));
        });
    return opened[0];
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
