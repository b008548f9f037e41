/// HTTP as the Docker API needs it, on Helidon: routes as a table, versions, errors, streams, and
/// the hijacking of a connection. Knows nothing of containers. The only room that imports Helidon.
///
/// Start at [graft.docker.http.Exchange].
@NullMarked
package graft.docker.http;

import org.jspecify.annotations.NullMarked;
