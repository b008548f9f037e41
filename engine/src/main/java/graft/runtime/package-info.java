/// Processes in containers: an OCI runtime and its monitor ([graft.runtime.Runtime]), the bundle
/// they are given, execs without them ([graft.runtime.DirectExec]), attach sockets, log files.
/// Knows bundles, not images.
@NullMarked
package graft.runtime;

import org.jspecify.annotations.NullMarked;
