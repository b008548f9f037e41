/// What steps made, kept under keys that name all it was made of ([graft.build.cache.StepKey]):
/// start at [graft.build.cache.StepCache]. Steps that other engines made and whose layers are
/// elsewhere are known too (`AbsentSteps`), in the form in which images carry them
/// (`CacheRecords`). Directories of `RUN --mount=type=cache` are here as well (`CacheMounts`).
@NullMarked
package graft.build.cache;

import org.jspecify.annotations.NullMarked;
