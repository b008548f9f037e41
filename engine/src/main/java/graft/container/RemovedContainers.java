package graft.container;

import graft.container.Container.MountPoint;
import graft.container.ContainerSpec.MountKind;
import graft.error.GraftException;
import graft.images.Images;
import graft.linux.DiskUsage;
import graft.oci.Digest;
import graft.snapshot.Snapshotter;
import graft.trash.Trash;
import graft.volume.Volumes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Containers in the trash: their writable layer and their directory stay where they are, and only
/// the record is elsewhere. They have no network, no ports and no mounts; those they get when they
/// are started again, if they are to be had.
record RemovedContainers(
    Records records,
    Snapshotter snapshots,
    ContainerFiles files,
    Volumes volumes,
    Images images,
    Lifecycle lifecycle,
    Trash trash)
    implements Trash.Owner {

  @Override
  public long measure(Trash.Entry entry) throws IOException {
    long layer =
        snapshots.exists(entry.key()) ? DiskUsage.of(snapshots.upper(entry.key())).allocated() : 0;
    return layer + DiskUsage.of(files.directory(entry.key())).allocated();
  }

  @Override
  public boolean isCalled(Trash.Entry entry, String name) {
    return entry.name().equals(name);
  }

  private static Container container(Trash.Entry entry, Optional<String> name) {
    Container was = Records.parse(entry.key(), entry.body());
    return name.isPresent() ? was.withName(Names.check(name.get())) : was;
  }

  @Override
  public void check(Trash.Entry entry, Optional<String> name) {
    Container c = container(entry, name);
    if (!snapshots.exists(c.id())) {
      throw GraftException.conflict(
          "cannot bring back container " + c.name() + ": its files are gone");
    }
    if (!records.nameIsFree(c.name())) {
      throw GraftException.conflict(
          "cannot bring back container "
              + entry.name()
              + ": there is one called "
              + c.name()
              + " again; 'graft undo --name NEW "
              + entry.id()
              + "' brings it back under another name");
    }
  }

  @Override
  public List<String> restore(Trash.Entry entry, Optional<String> name) throws IOException {
    Container c = container(entry, name);
    files.create(c.id());
    List<String> remarks = new ArrayList<>();
    for (MountPoint m : c.mounts()) {
      boolean here = volumes.list().stream().anyMatch(v -> v.name().equals(m.name()));
      if (m.kind() != MountKind.VOLUME || here) {
        continue;
      }
      if (trash.bringAlong(Trash.Kind.VOLUME, m.name())) {
        remarks.add("volume " + m.name() + " came back along with it");
      } else {
        volumes.create(m.name(), "", Map.of(), Map.of());
        remarks.add("volume " + m.name() + " was gone; it is new and empty");
      }
    }
    records.restore(c, List.of(trash.delete(entry)));
    lifecycle.announce(c, "create", Map.of());
    return remarks;
  }

  @Override
  public void destroy(Trash.Entry entry) throws IOException {
    snapshots.remove(entry.key());
    files.delete(entry.key());
    // Its image may have been removed before it.
    images.dropUnneeded(entry.holds().stream().map(Digest::parse).toList());
  }
}
