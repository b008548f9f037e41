/// The language of Dockerfiles: text → [graft.build.dockerfile.Instruction]s with their lines,
/// words and their substitution, `.dockerignore`, lint. Pure: no files, no images.
@NullMarked
package graft.build.dockerfile;

import org.jspecify.annotations.NullMarked;
