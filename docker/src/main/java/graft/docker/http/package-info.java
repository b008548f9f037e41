/// HTTP as the Docker API needs it: routes as a table, versions, errors, streams, and the hijacking
/// of a connection. Every request is taken for hostile: sockets, limits, deadlines and bodies are
/// ours, the rules of heads and the writing of answers Helidon's. Knows nothing of containers. The
/// only room that imports Helidon.
///
/// Start at [graft.docker.http.Exchange].
@NullMarked
package graft.docker.http;

import org.jspecify.annotations.NullMarked;
