@NullMarked
package graft.cli;

import org.jspecify.annotations.NullMarked;
