@NullMarked
package graft.cli.stream;

import org.jspecify.annotations.NullMarked;
