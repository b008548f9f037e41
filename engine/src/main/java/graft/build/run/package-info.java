/// A build as it runs. [graft.build.run.EngineBuilds] takes a request, a `BuildRun` is one of its
/// results in the making, `Steps` does what a stage's plan says: from the cache, or by `CopyStep`
/// and `RunStep`.
///
/// | what | where |
/// | --- | --- |
/// | what a stage stands on and copies from | `Bases`, `Contexts`, `Inputs` |
/// | a RUN | `RunStep`; its mounts `MountSet`, `MountStubs`, `AgentSocket`; other architectures `Foreign` |
/// | caches of other engines | `CacheImports`, `LocalCache` |
/// | the end | `Outcome`; of a failure `FailedSteps`, `FailedMounts`; of warnings alone `Checks` |
/// | how it was made | `Recording`, `KeptContexts`; once more by `Rerun` |
@NullMarked
package graft.build.run;

import org.jspecify.annotations.NullMarked;
