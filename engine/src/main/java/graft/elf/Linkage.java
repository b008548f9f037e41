package graft.elf;

import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Export;
import graft.elf.ElfFacts.Import;
import graft.elf.ElfFacts.Known;
import graft.elf.ElfFacts.VersionNeed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A program or a library with everything it needs, in one root: what a loader would put into one
/// process. Two of them, of the same file in two roots, show what the second root does not give.
///
/// What cannot be seen here: functions of the same name that do something else, structures of
/// another shape, and what is loaded by name at run time.
///
/// Source: ld.so(8); glibc's rules for versions, which musl's looser ones are a part of.
public final class Linkage {
  /// In one process. The largest programs have 300.
  private static final int MOST_LIBRARIES = 4096;

  private final Library file;
  private final Libraries root;
  private final Map<String, Library> byName = new LinkedHashMap<>();
  private final Set<Library> scope = new LinkedHashSet<>();
  private final Set<Missing> missing = new LinkedHashSet<>();

  /// Names of libraries that are where no loader looks by itself.
  private final Set<String> strayed = new HashSet<>();

  private boolean resolved;

  private Linkage(Library file, Libraries root) {
    this.file = file;
    this.root = root;
  }

  public static Linkage of(Library file, Libraries root) {
    Linkage all = new Linkage(file, root);
    all.interpreter();
    all.load();
    return all;
  }

  /// Everything that is in the process, the file itself first.
  public Collection<Library> scope() {
    return scope;
  }

  /// What is not found, in the order in which a loader would stumble over it.
  public Set<Missing> missing() {
    if (!resolved) {
      versions();
      symbols();
      resolved = true;
    }
    return missing;
  }

  /// What was found before and is not found here. What was missing before is no loss: a plugin
  /// finds it in whatever loads it.
  public List<Missing> lost(Linkage before) {
    List<Missing> lost = new ArrayList<>();
    for (String name : strayed) {
      if (before.byName.containsKey(name) && !before.strayed.contains(name)) {
        lost.add(new Missing.Needed(name));
      }
    }
    boolean same = sameFiles(before);
    boolean plugin = file.facts().interpreter().isEmpty() && !root.programsExportAllOf(before.root);
    if (!same || resolved || before.resolved || plugin) {
      missing();
      before.missing();
    }
    for (Missing m : missing) {
      if (!before.missing.contains(m)) {
        lost.add(m);
      }
    }
    lost.addAll(hostSymbols(before));
    if (!same) {
      lost.addAll(resized(before));
    }
    return lost;
  }

  /// The very files: then there is nothing to compare but which libraries are missing, and for
  /// plugins what the programs have. It is so for most files of most images.
  @SuppressWarnings("ReferenceEquality") // Facts of one layer are one object; to compare is slow.
  private boolean sameFiles(Linkage other) {
    if (scope.size() != other.scope.size()) {
      return false;
    }
    Iterator<Library> others = other.scope.iterator();
    for (Library library : scope) {
      if (library.facts() != others.next().facts()) {
        return false;
      }
    }
    return true;
  }

  /// Symbols that neither had among its libraries, but which a program had that may have loaded it.
  private List<Missing> hostSymbols(Linkage before) {
    List<Missing> lost = new ArrayList<>();
    for (Missing m : missing) {
      if (m instanceof Missing.Symbol s
          && before.missing.contains(m)
          && before.root.programExports(s.name())
          && !root.programExports(s.name())) {
        lost.add(m);
      }
    }
    return lost;
  }

  private void interpreter() {
    file.facts()
        .interpreter()
        .filter(path -> root.at(path).filter(l -> fits(l, file.facts().abi())).isEmpty())
        .ifPresent(path -> missing.add(new Missing.Interpreter(withoutSlash(path))));
  }

  private static String withoutSlash(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  private static boolean fits(Library library, Abi abi) {
    return library.facts().abi().equals(abi);
  }

  /// @param rpath directories that it hands on to what it loads
  private record Loaded(Library library, List<String> rpath) {}

  private void load() {
    ArrayDeque<Loaded> waiting = new ArrayDeque<>();
    scope.add(file);
    file.facts().soname().ifPresent(name -> byName.put(name, file));
    waiting.add(new Loaded(file, List.of()));
    while (!waiting.isEmpty() && scope.size() < MOST_LIBRARIES) {
      Loaded by = waiting.remove();
      List<String> rpath = rpath(by);
      for (String name : by.library().facts().needed()) {
        if (byName.containsKey(name)) {
          continue;
        }
        Optional<Library> found = find(name, by.library(), rpath);
        if (found.isEmpty()) {
          missing.add(new Missing.Needed(name));
          continue;
        }
        Library library = found.get();
        byName.put(name, library);
        library.facts().soname().ifPresent(soname -> byName.putIfAbsent(soname, library));
        if (scope.add(library)) {
          waiting.add(new Loaded(library, rpath));
        }
      }
    }
  }

  /// Its own, then those of what loaded it: unless it has a RUNPATH, which is for itself alone.
  private static List<String> rpath(Loaded by) {
    Known facts = by.library().facts();
    if (!facts.runpath().isEmpty()) {
      return List.of();
    }
    List<String> all = new ArrayList<>(directories(facts.rpath(), by.library()));
    all.addAll(by.rpath());
    return all;
  }

  private static List<String> directories(List<String> paths, Library of) {
    String origin = "/" + of.origin();
    String lib = of.facts().abi().bits() == 64 ? "lib64" : "lib";
    return paths.stream()
        .map(p ->
            p.replace("${ORIGIN}", origin)
                .replace("$ORIGIN", origin)
                .replace("${LIB}", lib)
                .replace("$LIB", lib))
        // Relative ones depend on where a program is started.
        .filter(p -> p.startsWith("/"))
        .toList();
  }

  private Optional<Library> find(String name, Library by, List<String> rpath) {
    Abi abi = file.facts().abi();
    if (name.indexOf('/') >= 0) {
      return name.startsWith("/") ? root.at(name).filter(l -> fits(l, abi)) : Optional.empty();
    }
    List<String> own = new ArrayList<>(rpath);
    own.addAll(directories(by.facts().runpath(), by));
    for (String directory : own) {
      Optional<Library> found = root.at(directory + "/" + name).filter(l -> fits(l, abi));
      if (found.isPresent()) {
        return found;
      }
    }
    Optional<Library> found = root.named(name, abi);
    if (found.isPresent()) {
      return found;
    }
    Optional<Library> stray = root.anywhere(name, abi);
    stray.ifPresent(library -> strayed.add(name));
    return stray;
  }

  /// Loaders refuse to start a program for want of a version, whichever symbols it has. A library
  /// that knows no versions at all is taken, with a warning.
  private void versions() {
    Map<Library, Set<String>> defined = new HashMap<>();
    for (VersionNeed need : file.facts().versionsNeeded()) {
      Library by = byName.get(need.file());
      if (need.weak() || by == null || by.facts().versionsDefined().isEmpty()) {
        continue;
      }
      if (!defined
          .computeIfAbsent(by, l -> Set.copyOf(l.facts().versionsDefined()))
          .contains(need.version())) {
        missing.add(new Missing.Version(need.file(), need.version()));
      }
    }
  }

  private void symbols() {
    for (Import wanted : file.facts().imports()) {
      if (provider(wanted).isEmpty()) {
        missing.add(new Missing.Symbol(wanted.name(), wanted.version()));
      }
    }
  }

  private record Provided(Library by, Export export) {}

  private Optional<Provided> provider(Import wanted) {
    Library named = byName.get(wanted.file());
    if (named != null) {
      Optional<Export> there = matching(named, wanted);
      if (there.isPresent()) {
        return Optional.of(new Provided(named, there.get()));
      }
    }
    for (Library library : scope) {
      Optional<Export> there = matching(library, wanted);
      if (there.isPresent()) {
        return Optional.of(new Provided(library, there.get()));
      }
    }
    return Optional.empty();
  }

  private static Optional<Export> matching(Library library, Import wanted) {
    boolean any = wanted.version().isEmpty() || library.facts().versionsDefined().isEmpty();
    for (Export e : library.exports(wanted.name())) {
      if (any || e.version().equals(wanted.version())) {
        return Optional.of(e);
      }
    }
    return Optional.empty();
  }

  /// Data that the file gets from a library, or has in the place of the library's own.
  private List<Missing> resized(Linkage before) {
    List<Import> shared = new ArrayList<>(file.facts().imports());
    for (Export e : file.facts().exports()) {
      if (e.data()) {
        shared.add(new Import(e.name(), e.version(), ""));
      }
    }
    List<Missing> changed = new ArrayList<>();
    for (Import data : shared) {
      before
          .elsewhere(data)
          .filter(old -> old.export().data())
          .ifPresent(old ->
              elsewhere(data)
                  .filter(now -> !now.export().data() || now.export().size() != old.export().size())
                  .ifPresent(now ->
                      changed.add(
                          new Missing.Size(
                              data.name(),
                              now.by().path(),
                              old.export().size(),
                              now.export().data() ? now.export().size() : -1))));
    }
    return changed;
  }

  private Optional<Provided> elsewhere(Import wanted) {
    Library named = byName.get(wanted.file());
    if (named != null && named != file) {
      Optional<Export> there = matching(named, wanted);
      if (there.isPresent()) {
        return Optional.of(new Provided(named, there.get()));
      }
    }
    for (Library library : scope) {
      if (library != file) {
        Optional<Export> there = matching(library, wanted);
        if (there.isPresent()) {
          return Optional.of(new Provided(library, there.get()));
        }
      }
    }
    return Optional.empty();
  }
}
