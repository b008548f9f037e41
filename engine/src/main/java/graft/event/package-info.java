/// What happened, past tense: sealed events and the bus that carries them.
@NullMarked
package graft.event;

import org.jspecify.annotations.NullMarked;
