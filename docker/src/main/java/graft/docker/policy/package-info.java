/// What may be done through a socket that may not do everything: read-only, nothing that makes root
/// of the host, own things only. A socket has any number of these; a request that one of them
/// refuses is answered with 403 and says which. Start at [graft.docker.policy.Policy].
@NullMarked
package graft.docker.policy;

import org.jspecify.annotations.NullMarked;
