/// The routes, a class for each noun: from a request to one call of a room, and back to JSON.
@NullMarked
package graft.docker.route;

import org.jspecify.annotations.NullMarked;
