/// What files say of packages: databases of the system's managers, and what managers and compilers
/// of languages leave. The files are those of strangers: read within bounds, and what is not read
/// or makes no sense is a value that says so.
///
/// Start at [graft.inventory.PackageFiles]; [graft.inventory.Inventory] is what a root has, and
/// [graft.inventory.Spdx] and [graft.inventory.CycloneDx] are how others read it.
@NullMarked
package graft.inventory;

import org.jspecify.annotations.NullMarked;
