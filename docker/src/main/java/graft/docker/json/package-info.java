/// JSON as Go writes and reads it, and filters as the API takes them.
@NullMarked
package graft.docker.json;

import org.jspecify.annotations.NullMarked;
