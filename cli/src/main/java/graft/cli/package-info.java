/// The command line and main(), which also starts the daemon. Speaks to the daemon through its
/// socket like any other client.
@NullMarked
package graft.cli;

import org.jspecify.annotations.NullMarked;
