/// Between this terminal and a container: the standard streams, the terminal's state and size, and
/// the signals that are the container's.
@NullMarked
package graft.cli.stream;

import org.jspecify.annotations.NullMarked;
