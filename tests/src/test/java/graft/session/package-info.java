/// A scripted session with the unmodified docker CLI, and what a real dockerd answered to it.
@NullMarked
package graft.session;

import org.jspecify.annotations.NullMarked;
