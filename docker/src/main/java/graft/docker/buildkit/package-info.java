/// BuildKit's protocol before [graft.build.Builds]: what `docker build`, `docker buildx` and
/// `docker compose build` say to an engine. A client opens `POST /grpc`, where it is answered
/// (`ControlService`, `BridgeService`), and `POST /session`, where it answers for its files and
/// secrets (`session`). The two meet in a [graft.docker.buildkit.Job], of which there is one for
/// each build. Start at `BuildKitRoutes`.
///
/// Of BuildKit's graphs nothing is run: a client that builds a Dockerfile sends none.
@NullMarked
package graft.docker.buildkit;

import org.jspecify.annotations.NullMarked;
