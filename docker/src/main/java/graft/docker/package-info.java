/// The Docker Engine API over a socket. Translates between JSON and the rooms of the engine;
/// decides nothing.
@NullMarked
package graft.docker;

import org.jspecify.annotations.NullMarked;
