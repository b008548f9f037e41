package graft.container;

import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Leases.Lease;
import graft.snapshot.Snapshotter;
import graft.snapshot.Snapshotter.Keeping;
import graft.volume.Volumes;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// From a request to a recorded container that has not run yet: names, mounts, a writable layer.
/// The record is written last; what was made before is unmade if anything fails.
record Creation(
    Records records,
    Images images,
    Snapshotter snapshots,
    MountPlan mounts,
    ContainerFiles files,
    Wiring wiring,
    Launch launch,
    UserSpaces users,
    Removal.Announcer announcer) {
  Containers.CreatedContainer create(Request request) throws IOException, InterruptedException {
    ImageRecord image = images.find(request.image(), request.platform());
    return create(request, image, Optional.empty(), List.of());
  }

  /// @param image that the request names, or what it is to have instead
  /// @param carried mounts of the container that it is tried in the place of: what is anonymous
  ///   among them becomes its own
  Containers.CreatedContainer create(
      Request request,
      ImageRecord image,
      Optional<Container.Instead> instead,
      List<Container.MountPoint> carried)
      throws IOException, InterruptedException {
    String id = Names.newId();
    String name =
        request.name().isPresent()
            ? Names.check(request.name().get())
            : Names.invent(records::nameIsFree);
    ContainerSpec merged =
        Merge.merge(request, images.open(image).config().config(), id, HostName.get());
    ContainerSpec spec = merged.on(wiring.named(merged.net().attachments()));
    records.reserve(name, id);
    Undo undo = new Undo();
    undo.add(() -> records.release(name, id));
    try (Lease lease = images.leases().lease()) {
      lease.hold(image.diffIds());
      mounts.holdImages(spec, lease);
      files.create(id);
      undo.add(() -> files.delete(id));
      snapshots.prepare(
          id,
          image.topFirst(),
          spec.autoRemove() ? Keeping.THROWAWAY : Keeping.KEPT,
          users.ids(spec));
      undo.add(() -> snapshots.remove(id));
      List<Volumes.Hold> holds = new ArrayList<>();
      List<Container.MountPoint> points = mounts.resolve(id, spec, carried, undo, holds);
      Container c =
          new Container(
              id,
              name,
              Instant.now(),
              image.id(),
              request.image(),
              image.topFirst(),
              spec,
              points,
              new State.Created(0, ""),
              0,
              false,
              launch.warnings(spec),
              Optional.of(request.asked()),
              instead);
      records.save(c);
      holds.forEach(Volumes.Hold::close);
      announcer.announce(c, "create", Map.of());
      return new Containers.CreatedContainer(id, c.warnings());
    } catch (IOException | InterruptedException | RuntimeException e) {
      undo.run(e);
      throw e;
    }
  }
}
