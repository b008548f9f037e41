package graft.elf;

import java.util.List;
import java.util.Optional;

/// What the dynamic loader goes by in one ELF file. Strings are the file's bytes as Latin-1, so
/// that none of them is lost.
///
/// Source: System V gABI, "Dynamic Linking"; the LSB's "Symbol Versioning"; ld.so(8).
public sealed interface ElfFacts {

  /// A file that makes sense. One that is linked statically has empty lists and no interpreter.
  ///
  /// @param interpreter path of the loader; programs have one, libraries do not
  /// @param soname by which others need it
  /// @param needed DT_NEEDED: names of libraries, or paths where they have a slash
  /// @param rpath DT_RPATH as written, split at colons
  /// @param runpath DT_RUNPATH as written, split at colons; where there is one, `rpath` is ignored
  /// @param versionsNeeded which versions of which needed library have to be there
  /// @param versionsDefined that this library defines; empty if it knows no versions
  /// @param imports what has to be found elsewhere; weak ones, which need not be, are left out.
  ///   Taken as it is, as are exports, and not to be changed: it may be one that is read late
  /// @param exports what others find here
  /// @param copies names of data that the program has a copy of: of as many bytes as the library's
  ///   had when the program was linked
  record Known(
      Abi abi,
      Type type,
      Optional<String> interpreter,
      Optional<String> soname,
      List<String> needed,
      List<String> rpath,
      List<String> runpath,
      List<VersionNeed> versionsNeeded,
      List<String> versionsDefined,
      List<Import> imports,
      List<Export> exports,
      List<String> copies)
      implements ElfFacts {
    public Known {
      needed = List.copyOf(needed);
      rpath = List.copyOf(rpath);
      runpath = List.copyOf(runpath);
      versionsNeeded = List.copyOf(versionsNeeded);
      versionsDefined = List.copyOf(versionsDefined);
      copies = List.copyOf(copies);
    }
  }

  /// It begins as an ELF file does, but cannot be read.
  record Unreadable(String reason) implements ElfFacts {}

  /// A loader takes only libraries of the same.
  ///
  /// @param bits 32 or 64
  /// @param machine `e_machine`
  record Abi(int bits, boolean bigEndian, int machine) {}

  enum Type {
    /// At a fixed address.
    EXECUTABLE,
    /// A library, or a program that can be anywhere.
    SHARED,
    /// An object, a kernel module, a core: nothing that is loaded by a dynamic loader.
    OTHER
  }

  /// @param file the name of the library by which it is needed
  /// @param weak its absence is no error
  record VersionNeed(String file, String version, boolean weak) {}

  /// @param version empty: any
  /// @param file that had the version when this was linked; empty if there is no version
  record Import(String name, String version, String file) {}

  /// @param version empty if it has none
  /// @param data a variable, not a function
  /// @param size in bytes, if it is data; zero otherwise
  record Export(String name, String version, boolean data, long size) {}
}
