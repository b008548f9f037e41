/// Building images: what is asked ([graft.build.BuildRequest]), who answers for the client's files
/// and secrets ([graft.build.BuildClient]), what is heard meanwhile ([graft.build.BuildEvent], told
/// of by [graft.build.Vertices]) and what is had afterwards ([graft.build.Builds],
/// [graft.build.Recipes]). Front ends (the classic `POST /build`, BuildKit's protocol, `graft
/// build`) know this and no more.
///
/// Dockerfile → stages → steps → layers, each step kept under a key that names what it was made of.
/// The rooms behind this one, none of which knows one further up:
///
/// | room | what is in it |
/// | --- | --- |
/// | `run` | a build as it runs: start at `EngineBuilds`, then `BuildRun`, `Steps` |
/// | `output` | images, archives, files, caches that go elsewhere |
/// | `plan` | which stages, which steps: values |
/// | `cache` | what steps made, and the keys it is kept under |
/// | `source` | the files that go in |
/// | `dockerfile` | the language |
@NullMarked
package graft.build;

import org.jspecify.annotations.NullMarked;
