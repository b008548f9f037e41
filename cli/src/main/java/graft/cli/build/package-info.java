/// `graft build`: packs the context, sends it, and shows how the build goes on.
@NullMarked
package graft.cli.build;

import org.jspecify.annotations.NullMarked;
