/// The verbs about volumes.
@NullMarked
package graft.cli.volume;

import org.jspecify.annotations.NullMarked;
