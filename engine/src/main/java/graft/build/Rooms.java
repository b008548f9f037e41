package graft.build;

import graft.db.Db;
import graft.facts.LayerIndexes;
import graft.images.Images;
import graft.network.Networks;
import graft.registry.Registries;
import graft.runtime.Runner;
import graft.snapshot.Differ;
import graft.snapshot.LayerStore;
import graft.snapshot.Snapshotter;
import java.nio.file.Path;

/// What builds need of the engine.
///
/// @param root where builds keep their things
/// @param run what a reboot empties
public record Rooms(
    Path root,
    Path run,
    Db db,
    Images images,
    LayerStore layers,
    LayerIndexes facts,
    Snapshotter snapshots,
    Differ differ,
    Networks networks,
    Registries registries,
    Runner runner) {}
