/// What people see: tables, Go templates, sizes, ages, progress, the two streams of a container.
@NullMarked
package graft.cli.output;

import org.jspecify.annotations.NullMarked;
