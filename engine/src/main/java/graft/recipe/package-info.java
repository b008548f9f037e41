/// How an image was made: values, their JSON, and the documents about it that others read (SLSA
/// provenance). Nothing here does I/O; `build` makes recipes and runs them again.
///
/// Start at [graft.recipe.Recipe].
@NullMarked
package graft.recipe;

import org.jspecify.annotations.NullMarked;
