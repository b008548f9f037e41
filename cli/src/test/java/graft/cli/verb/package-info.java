@NullMarked
package graft.cli.verb;

import org.jspecify.annotations.NullMarked;
