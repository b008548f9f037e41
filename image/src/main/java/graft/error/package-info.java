/// The one unchecked exception of the project and its kinds. Every room may throw it; the API and
/// the command line each map it to the outside in exactly one place.
@NullMarked
package graft.error;

import org.jspecify.annotations.NullMarked;
