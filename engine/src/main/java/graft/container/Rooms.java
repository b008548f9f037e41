package graft.container;

import graft.db.Db;
import graft.event.Events;
import graft.images.Images;
import graft.network.Networks;
import graft.runtime.Runtime;
import graft.snapshot.Differ;
import graft.snapshot.Snapshotter;
import graft.trash.Trash;
import graft.volume.Volumes;
import java.nio.file.Path;

/// What the room of the containers stands on.
///
/// @param root the directory for the files of containers
/// @param run the directory for what must not survive a reboot
public record Rooms(
    Path root,
    Path run,
    Db db,
    Events events,
    Images images,
    Snapshotter snapshots,
    Differ differ,
    Runtime runtime,
    Networks networks,
    Volumes volumes,
    Trash trash) {}
