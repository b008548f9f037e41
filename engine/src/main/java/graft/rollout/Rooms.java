package graft.rollout;

import graft.advisory.Advisories;
import graft.build.Builds;
import graft.container.Containers;
import graft.db.Db;
import graft.event.Events;
import graft.facts.LayerIndexes;
import graft.images.Images;
import graft.lineage.Lineage;
import graft.pins.Pins;
import graft.registry.Registries;
import graft.snapshot.LayerStore;
import java.nio.file.Path;

/// What roll-outs are made with.
///
/// @param root directory for plans
public record Rooms(
    Path root,
    Db db,
    Events events,
    Images images,
    LayerStore layers,
    LayerIndexes facts,
    Advisories advisories,
    Lineage lineage,
    Builds builds,
    Containers containers,
    Registries registries,
    Pins pins) {}
