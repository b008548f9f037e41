/// Building images: Dockerfile → stages → steps → layers, each step kept under a key that names
/// what it was made of. Front ends (the classic `POST /build`, BuildKit's protocol, `graft build`)
/// hand in a [graft.build.BuildRequest], a [graft.build.BuildClient] that answers for the client's
/// files and secrets, and a listener of [graft.build.BuildEvent]s. Start at `Builds`.
@NullMarked
package graft.build;

import org.jspecify.annotations.NullMarked;
