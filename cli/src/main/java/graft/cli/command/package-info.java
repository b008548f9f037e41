/// The verbs. Each builds the options of its own line only when it was typed, asks the engine and
/// prints.
@NullMarked
package graft.cli.command;

import org.jspecify.annotations.NullMarked;
