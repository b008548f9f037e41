/// The images of this machine: which are here and under which names, how they come (pull, load,
/// import, commit) and go (push, save, remove). Bytes rest in `content` and `snapshot`; this room
/// decides which belong together.
///
/// Start at [graft.images.Images].
@NullMarked
package graft.images;

import org.jspecify.annotations.NullMarked;
