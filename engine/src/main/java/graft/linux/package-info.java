/// The only native calls of the project, by java.lang.foreign: mounts, extended attributes,
/// openat2, device nodes, sockets that the JDK has not, namespaces, process start. Linux words, no
/// policy.
@NullMarked
package graft.linux;

import org.jspecify.annotations.NullMarked;
