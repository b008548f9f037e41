/// Building images: Dockerfile → stages → steps → layers, each step kept under a key that names
/// what it was made of. Front ends (the classic `POST /build`, BuildKit's protocol, `graft build`)
/// hand in a [graft.build.BuildRequest], a [graft.build.BuildClient] that answers for the client's
/// files and secrets, and a listener of [graft.build.BuildEvent]s. Start at `Builds`, then
/// `BuildRun`.
///
/// | what | where |
/// | --- | --- |
/// | which stages, which steps | `StageGraph`, `StagePlan`, `Steps`, `CopyStep`, `RunStep`, `MountSet` |
/// | what is kept | `StepKey`, `StepCache`, `CacheMounts`; of other engines `CacheImports`, `AbsentSteps`, `CacheExporter` |
/// | files that go in | `Contexts`, `DiskFileStore`, `GitSource`, `HttpSource`; as a step sees them `FileSource` |
/// | what becomes of it | `Outcome`, `Exporter`, `Reproduction`; of a failure `FailedSteps` |
/// | how it was made | `Recording`, `TreeList`, `KeptContexts`; once more by `Rerun` |
@NullMarked
package graft.build;

import org.jspecify.annotations.NullMarked;
