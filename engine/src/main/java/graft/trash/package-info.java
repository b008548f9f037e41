/// What was removed and can still be had back. Start at [graft.trash.Trash]. The rooms whose things
/// they are keep the files, and take them back.
@NullMarked
package graft.trash;

import org.jspecify.annotations.NullMarked;
