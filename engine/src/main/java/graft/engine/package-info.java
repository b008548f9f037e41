/// [graft.engine.Engine] wires the rooms, starts and stops them. No logic.
@NullMarked
package graft.engine;

import org.jspecify.annotations.NullMarked;
