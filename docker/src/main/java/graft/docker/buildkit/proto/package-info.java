/// BuildKit's messages as values, as far as Graft reads and writes them, and their way from and to
/// bytes. There is a file for each package of BuildKit's `.proto` files; fields that are not listed
/// there are skipped. Written by hand: the generated classes are 160,000 lines.
///
/// Source: the field numbers of moby/buildkit's `api/`, `frontend/gateway/pb`, `solver/pb`,
/// `session/*` and tonistiigi/fsutil's `types`.
@NullMarked
package graft.docker.buildkit.proto;

import org.jspecify.annotations.NullMarked;
