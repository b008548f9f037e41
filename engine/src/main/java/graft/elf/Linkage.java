package graft.elf;

import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Export;
import graft.elf.ElfFacts.Import;
import graft.elf.ElfFacts.Known;
import graft.elf.ElfFacts.VersionNeed;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

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

  /// The interpreter and libraries that are not there.
  private final Set<Missing> unloaded = new LinkedHashSet<>();

  /// Names of libraries that are where no loader looks by itself.
  private final Set<String> strayed = new HashSet<>();

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

  /// What was found before and is not found here. What was missing before is no loss: a plugin
  /// finds it in whatever loads it.
  ///
  /// Only symbols are looked up that a library has which is not the same in both: what the others
  /// give has not changed. Most symbols of most files are of those.
  public List<Missing> lost(Linkage before) {
    List<Missing> lost = new ArrayList<>();
    for (String name : strayed) {
      if (before.byName.containsKey(name) && !before.strayed.contains(name)) {
        lost.add(new Missing.Needed(name));
      }
    }
    List<Library> changed = changed(before);
    // What its host has lost is lost for a plugin, whatever libraries there are.
    boolean plugin = file.facts().interpreter().isEmpty() && !root.programsExportAllOf(before.root);
    Predicate<String> concerned =
        plugin ? _ -> true : symbol -> changed.stream().anyMatch(l -> l.has(symbol));
    boolean symbols = plugin || !changed.isEmpty();
    List<Import> imports =
        symbols
            ? file.facts().imports().stream().filter(i -> concerned.test(i.name())).toList()
            : List.of();
    Set<Missing> here = missing(symbols, imports);
    Set<Missing> there = before.missing(symbols, imports);
    for (Missing m : here) {
      if (!there.contains(m)) {
        lost.add(m);
      } else if (plugin && isHosts(m, before)) {
        lost.add(m);
      }
    }
    if (!changed.isEmpty()) {
      lost.addAll(resized(before, imports, concerned));
    }
    return lost;
  }

  /// Libraries that only one of both has.
  private List<Library> changed(Linkage before) {
    Set<Known> mine = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Known> theirs = Collections.newSetFromMap(new IdentityHashMap<>());
    scope.forEach(l -> mine.add(l.facts()));
    before.scope.forEach(l -> theirs.add(l.facts()));
    List<Library> changed = new ArrayList<>();
    scope.stream().filter(l -> !theirs.contains(l.facts())).forEach(changed::add);
    before.scope.stream().filter(l -> !mine.contains(l.facts())).forEach(changed::add);
    return changed;
  }

  /// A symbol that neither had among its libraries, but which a program had that may have loaded
  /// the file.
  private boolean isHosts(Missing m, Linkage before) {
    return m instanceof Missing.Symbol s
        && before.root.programExports(s.name())
        && !root.programExports(s.name());
  }

  private void interpreter() {
    file.facts()
        .interpreter()
        .filter(path -> root.at(path).filter(l -> fits(l, file.facts().abi())).isEmpty())
        .ifPresent(path -> unloaded.add(new Missing.Interpreter(withoutSlash(path))));
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
      List<String> own = new ArrayList<>(rpath);
      own.addAll(directories(by.library().facts().runpath(), by.library()));
      for (String name : by.library().facts().needed()) {
        if (byName.containsKey(name)) {
          continue;
        }
        Optional<Library> found = find(name, own);
        if (found.isEmpty()) {
          unloaded.add(new Missing.Needed(name));
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
    if (paths.isEmpty()) {
      return List.of();
    }
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

  /// @param own directories that are searched before those of all programs
  private Optional<Library> find(String name, List<String> own) {
    Abi abi = file.facts().abi();
    if (name.indexOf('/') >= 0) {
      return name.startsWith("/") ? root.at(name).filter(l -> fits(l, abi)) : Optional.empty();
    }
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

  /// In the order in which a loader would stumble over it.
  ///
  /// @param symbols whether versions and symbols are looked at
  /// @param imports which symbols
  private Set<Missing> missing(boolean symbols, List<Import> imports) {
    Set<Missing> all = new LinkedHashSet<>(unloaded);
    if (symbols) {
      versions(all);
      for (Import wanted : imports) {
        if (provider(wanted).isEmpty()) {
          all.add(new Missing.Symbol(wanted.name(), wanted.version()));
        }
      }
    }
    return all;
  }

  /// Loaders refuse to start a program for want of a version, whichever symbols it has. A library
  /// that knows no versions at all is taken, with a warning.
  private void versions(Set<Missing> all) {
    Map<Library, Set<String>> defined = new HashMap<>();
    for (VersionNeed need : file.facts().versionsNeeded()) {
      Library by = byName.get(need.file());
      if (need.weak() || by == null || by.facts().versionsDefined().isEmpty()) {
        continue;
      }
      if (!defined
          .computeIfAbsent(by, l -> Set.copyOf(l.facts().versionsDefined()))
          .contains(need.version())) {
        all.add(new Missing.Version(need.file(), need.version()));
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
  ///
  /// @param imports those of the file that are concerned
  private List<Missing> resized(Linkage before, List<Import> imports, Predicate<String> concerned) {
    List<Import> shared = new ArrayList<>(imports);
    for (Export e : file.facts().exports()) {
      if (e.data() && concerned.test(e.name())) {
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
