/// What the files of a layer are, once for each layer and under its diffID, so that questions about
/// images need no mount and read no file: paths with attributes and digests, interpreters,
/// packages.
///
/// Start at [graft.facts.LayerFacts], one layer, and [graft.facts.Root], a stack of them as a
/// container would see it. Both are values; I/O is in [graft.facts.LayerIndexes] alone.
@NullMarked
package graft.facts;

import org.jspecify.annotations.NullMarked;
