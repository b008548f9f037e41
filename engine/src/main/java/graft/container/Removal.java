package graft.container;

import graft.error.GraftException;
import graft.oci.Digest;
import graft.runtime.Runtime;
import graft.snapshot.Snapshotter;
import graft.trash.Trash;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Taking a container away: first the record says so (an engine that dies in between finishes the
/// removal when it comes back), then everything it had, the record last.
final class Removal {
  /// Tells of the removal.
  interface Announcer {
    void announce(Container c, String action, Map<String, String> attributes);
  }

  private final Records records;
  private final Runtime runtime;
  private final Launch launch;
  private final Snapshotter snapshots;
  private final MountPlan mounts;
  private final ContainerFiles files;
  private final Healths healths;
  private final LogForwarding forwarding;
  private final Trash trash;
  private final Announcer announcer;

  Removal(
      Records records,
      Runtime runtime,
      Launch launch,
      Snapshotter snapshots,
      MountPlan mounts,
      ContainerFiles files,
      Healths healths,
      LogForwarding forwarding,
      Trash trash,
      Announcer announcer) {
    this.records = records;
    this.runtime = runtime;
    this.launch = launch;
    this.snapshots = snapshots;
    this.mounts = mounts;
    this.files = files;
    this.healths = healths;
    this.forwarding = forwarding;
    this.trash = trash;
    this.announcer = announcer;
  }

  /// Under the container's life lock; nothing of it runs any more.
  void remove(Live live, Container c, boolean anonymousVolumes) throws IOException {
    // A container with autoRemove needs no note: found dead by the next engine, it is removed
    // again.
    if (!c.spec().autoRemove() && !(c.state() instanceof State.Removing)) {
      records.save(c.with(new State.Removing()));
    }
    try {
      runtime.delete(launch.task(c));
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.NOT_FOUND) {
        throw e;
      }
    }
    forwarding.forget(c.id());
    healths.forget(c.id());
    launch.release(c);
    // One that was to be thrown away, or whose removal an engine did not live to finish, is gone.
    boolean kept =
        trash.keeps() && !c.spec().autoRemove() && !(c.state() instanceof State.Removing);
    if (kept) {
      throwAway(c, anonymousVolumes);
    } else {
      snapshots.remove(c.id());
      if (anonymousVolumes) {
        mounts.removeAnonymous(c, Optional.empty());
      }
      files.delete(c.id());
      records.forget(c, List.of());
    }
    announcer.announce(c, "destroy", Map.of());
    live.removed();
  }

  /// Files stay where they are: only the record moves.
  private void throwAway(Container c, boolean anonymousVolumes) throws IOException {
    String group = Trash.newGroup();
    if (anonymousVolumes) {
      mounts.removeAnonymous(c, Optional.of(group));
    }
    Trash.Entry entry =
        trash.entry(
            group,
            Trash.Kind.CONTAINER,
            c.id(),
            c.name(),
            c.allLayers().stream().map(Digest::toString).toList(),
            Records.print(c));
    trash.add(entry);
    try {
      records.forget(c, List.of(trash.put(entry)));
    } catch (RuntimeException e) {
      trash.withdraw(entry);
      throw e;
    }
  }
}
