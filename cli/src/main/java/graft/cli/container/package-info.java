/// The verbs about containers, and the translation of a `run` line into what the API wants.
@NullMarked
package graft.cli.container;

import org.jspecify.annotations.NullMarked;
