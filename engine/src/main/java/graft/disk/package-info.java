/// What the data of an engine takes of the disk, what of it may go, and what must not. Start at
/// [graft.disk.DiskAccount] and [graft.disk.PrunePlan]. Everything here looks and decides; removing
/// is done by the rooms whose things they are.
@NullMarked
package graft.disk;

import org.jspecify.annotations.NullMarked;
