/// File system states: layers by diffID ([graft.snapshot.LayerStore]), writable layers over a stack
/// of them ([graft.snapshot.Snapshotter]), and the way from a writable layer back to a tar.
@NullMarked
package graft.snapshot;

import org.jspecify.annotations.NullMarked;
