/// What somebody has said must stay. Start at [graft.pins.Pins].
@NullMarked
package graft.pins;

import org.jspecify.annotations.NullMarked;
