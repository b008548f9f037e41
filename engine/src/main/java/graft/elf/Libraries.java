package graft.elf;

import graft.elf.ElfFacts.Abi;
import java.util.Optional;

/// The libraries of one root file system, as a loader finds them. A file that cannot be read is not
/// there.
public interface Libraries {
  /// By a name without a slash, in the directories that are searched for every program: those of
  /// `LD_LIBRARY_PATH`, of `ld.so.conf` and those built into the loader, in this order. What is of
  /// another ABI is passed over, as loaders do.
  Optional<Library> named(String name, Abi abi);

  /// At a path, links followed. It may have a slash before it, and `..` in it.
  Optional<Library> at(String path);

  /// By the name or the SONAME of a file anywhere: found this way is what programs load that set
  /// their own paths.
  Optional<Library> anywhere(String name, Abi abi);

  /// True if a program of this root exports the symbol: plugins find some in what loads them.
  boolean programExports(String symbol);

  /// True if programs of this root export all that those of another do.
  boolean programsExportAllOf(Libraries other);
}
