package graft.container;

import graft.error.GraftException;
import graft.runtime.Runtime;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.util.Map;

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
      Announcer announcer) {
    this.records = records;
    this.runtime = runtime;
    this.launch = launch;
    this.snapshots = snapshots;
    this.mounts = mounts;
    this.files = files;
    this.healths = healths;
    this.forwarding = forwarding;
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
    launch.release(c);
    snapshots.remove(c.id());
    if (anonymousVolumes) {
      mounts.removeAnonymous(c);
    }
    files.delete(c.id());
    healths.forget(c.id());
    records.forget(c);
    announcer.announce(c, "destroy", Map.of());
    live.removed();
  }
}
