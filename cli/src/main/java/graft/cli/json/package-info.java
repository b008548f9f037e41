/// What the engine answers as a small immutable tree, read by streaming and written by hand,
/// because starting a data binder costs more than the whole command.
@NullMarked
package graft.cli.json;

import org.jspecify.annotations.NullMarked;
