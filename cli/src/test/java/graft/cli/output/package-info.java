/// Tests of what people see.
@NullMarked
package graft.cli.output;

import org.jspecify.annotations.NullMarked;
