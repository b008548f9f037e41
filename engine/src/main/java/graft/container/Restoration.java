package graft.container;

import graft.network.Networks;
import graft.runtime.Runtime.Status;
import graft.snapshot.Snapshotter;
import graft.trash.Trash;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What an engine does once when it comes back: records are brought in line with what runs, and
/// what no record speaks of is taken away.
record Restoration(
    Records records,
    Lifecycle lifecycle,
    Networks networks,
    Snapshotter snapshots,
    Launch launch,
    ContainerMounts points,
    ContainerFiles files,
    Trash trash) {

  /// What could not be brought in line, in sentences; the others are.
  List<String> run() throws IOException {
    List<String> troubles = new ArrayList<>();
    Map<String, Status> seen = look(troubles);
    List<String> running =
        seen.entrySet().stream().filter(e -> alive(e.getValue())).map(Map.Entry::getKey).toList();
    networks.restore(running);
    for (Container c : records.list()) {
      Status status = seen.get(c.id());
      if (status == null) {
        continue;
      }
      try {
        if (alive(status)) {
          points.adopt(c);
        }
        lifecycle.restore(c, status);
      } catch (IOException | RuntimeException e) {
        troubles.add("container " + c.name() + ": " + e.getMessage());
      }
    }
    points.settle(running);
    launch.settle(running);
    sweep();
    return troubles;
  }

  private Map<String, Status> look(List<String> troubles) {
    Map<String, Status> seen = new HashMap<>();
    for (Container c : records.list()) {
      try {
        seen.put(c.id(), lifecycle.status(c));
      } catch (IOException | RuntimeException e) {
        troubles.add("container " + c.name() + ": " + e.getMessage());
      }
    }
    return seen;
  }

  private static boolean alive(Status status) {
    return switch (status) {
      case Status.Running _, Status.Paused _ -> true;
      case Status.Created _, Status.HalfMade _, Status.Stopped _, Status.Unknown _ -> false;
    };
  }

  private boolean isNobodys(String id) {
    return records.byId(id).isEmpty() && !trash.has(Trash.Kind.CONTAINER, id);
  }

  private void sweep() throws IOException {
    for (String id : files.ids()) {
      if (isNobodys(id)) {
        launch.discard(id);
        files.delete(id);
      }
    }
    for (String key : snapshots.list()) {
      if (isNobodys(key)) {
        snapshots.remove(key);
      }
    }
  }
}
