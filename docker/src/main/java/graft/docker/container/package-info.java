/// Containers in the words of the Docker API: from the body of a request to what the engine takes,
/// and from the engine's records to what inspect and list show. Translation only; nothing here
/// acts.
@NullMarked
package graft.docker.container;

import org.jspecify.annotations.NullMarked;
