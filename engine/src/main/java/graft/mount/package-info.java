/// The [graft.mount.Mount] record, in which snapshots meet what uses them.
@NullMarked
package graft.mount;

import org.jspecify.annotations.NullMarked;
