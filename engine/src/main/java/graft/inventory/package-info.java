/// Which packages a root file system has, by the databases of its package managers. The files are
/// those of strangers: read within bounds, and what makes no sense is passed over.
///
/// Start at [graft.inventory.Inventory].
@NullMarked
package graft.inventory;

import org.jspecify.annotations.NullMarked;
