/// Named and anonymous volumes: directories under the data root that outlive the containers that
/// use them. Start at [Volumes]. Which containers use a volume, and what is copied into a new one,
/// the container room says.
@NullMarked
package graft.volume;

import org.jspecify.annotations.NullMarked;
