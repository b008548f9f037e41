/// End-to-end timings: the same commands of the same docker CLI against two engines, in turn.
@NullMarked
package graft.bench;

import org.jspecify.annotations.NullMarked;
