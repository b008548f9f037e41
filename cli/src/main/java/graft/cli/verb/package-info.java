/// What all verbs are made of: the table of a verb's options, the reading of a line by it, the help
/// and the errors that follow from it.
@NullMarked
package graft.cli.verb;

import org.jspecify.annotations.NullMarked;
