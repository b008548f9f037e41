/// The verbs about networks.
@NullMarked
package graft.cli.network;

import org.jspecify.annotations.NullMarked;
