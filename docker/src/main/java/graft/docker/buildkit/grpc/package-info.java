/// gRPC over connections that somebody else has opened, with handlers that block. The only room
/// that knows grpc-java. Start at `Service` for what is served, at `Remote` for what is asked.
@NullMarked
package graft.docker.buildkit.grpc;

import org.jspecify.annotations.NullMarked;
