/// Clients that other people wrote, unmodified, against Graft's daemon: compose, docker-java,
/// Testcontainers, docker-py, dockerode. What they do is asserted from outside: over the network,
/// by the files that are there, by a second client.
@NullMarked
package graft.client;

import org.jspecify.annotations.NullMarked;
