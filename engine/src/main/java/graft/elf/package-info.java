/// What a dynamic loader reads of programs and libraries, and whether what was found in one root
/// file system is still found in another. Files are those of strangers: read within bounds, and one
/// that makes no sense is a value that says why.
///
/// Start at [graft.elf.ElfFacts], then [graft.elf.Linkage].
@NullMarked
package graft.elf;

import org.jspecify.annotations.NullMarked;
