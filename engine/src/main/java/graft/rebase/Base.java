package graft.rebase;

import graft.elf.ElfFacts;
import graft.elf.ElfFacts.Export;
import graft.elf.Library;
import graft.facts.Entry;
import graft.facts.LayerFacts;
import graft.facts.Root;
import graft.inventory.Distribution;
import graft.inventory.Evidence;
import graft.oci.Digest;
import graft.oci.ImageConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A base image, old or new, with the indexes that all images share that are put on it. Made once;
/// a value from then on.
public final class Base {
  private final Root root;
  private final ImageConfig config;
  private final Map<String, Library> libraries = new TreeMap<>();
  private final Map<String, List<Library>> byName = new HashMap<>();
  private final Map<String, List<Library>> neededBy = new HashMap<>();
  private Set<String> levels = Set.of();
  private final List<Library> programs = new ArrayList<>();
  private @Nullable Set<String> programExports;
  private final Map<String, String> owners = new HashMap<>();
  private final Distribution distribution;
  private final Map<String, Boolean> has = new ConcurrentHashMap<>();
  private final Map<String, List<String>> children = new ConcurrentHashMap<>();
  private final Map<Base, Boolean> exportsAllOf = new ConcurrentHashMap<>();

  private Base(Root root, ImageConfig config) {
    this.root = root;
    this.config = config;
    this.distribution = distributionOf(root);
  }

  /// @param layers of the image, bottom first
  public static Base of(List<LayerFacts> layers, ImageConfig config) {
    Base base = new Base(Root.of(layers), config);
    base.index((_, _) -> Optional.empty());
    return base;
  }

  /// One that takes the place of another: libraries that both have are the same objects, so that
  /// nobody has to compare what is in them. Bases of one distribution differ in few.
  public static Base after(Base old, List<LayerFacts> layers, ImageConfig config) {
    Base base = new Base(Root.of(layers), config);
    base.index(old::sameLibrary);
    return base;
  }

  private Optional<Library> sameLibrary(String path, Optional<Entry> entry) {
    return entry.orElse(null) instanceof Entry.File file
            && root.find(path).orElse(null) instanceof Entry.File mine
            && mine.content().equals(file.content())
        ? library(path)
        : Optional.empty();
  }

  private static Distribution distributionOf(Root root) {
    return root.resolve("etc/os-release")
        .flatMap(root::evidence)
        .or(() -> root.evidence("usr/lib/os-release"))
        .map(e -> e instanceof Evidence.Release r ? r.distribution() : Distribution.UNKNOWN)
        .orElse(Distribution.UNKNOWN);
  }

  /// @param known a library that is known already, by path and entry
  private void index(BiFunction<String, Optional<Entry>, Optional<Library>> known) {
    for (String path : root.paths()) {
      if (root.elf(path).orElse(null) instanceof ElfFacts.Known facts) {
        Library library =
            known.apply(path, root.find(path)).orElseGet(() -> new Library(path, facts));
        libraries.put(path, library);
        names(library)
            .forEach(name -> byName.computeIfAbsent(name, n -> new ArrayList<>()).add(library));
        facts
            .needed()
            .forEach(name -> neededBy.computeIfAbsent(name, n -> new ArrayList<>()).add(library));
        if (facts.interpreter().isPresent()) {
          programs.add(library);
        }
      }
    }
    levels = Set.copyOf(Processors.levels(libraries.values()));
    root.layers().forEach(layer -> owners(layer.evidence(), owners));
  }

  /// Adds the packages whose files they are, by path. A list that a later layer has replaced was of
  /// the same package, so that all of them may be read.
  static void owners(Map<String, Evidence> evidence, Map<String, String> all) {
    evidence.forEach((path, e) -> {
      switch (e) {
        case Evidence.Files files -> {
          String name = path.substring(path.lastIndexOf('/') + 1);
          String owner = name.endsWith(".list") ? name.substring(0, name.length() - 5) : name;
          files.paths().forEach(p -> all.put(p, owner));
        }
        case Evidence.Database database ->
            database
                .packages()
                .forEach(p -> p.files().forEach(f -> all.put(f, p.installed().name())));
        case Evidence.Release _, Evidence.Components _ -> {}
      }
    });
  }

  static Set<String> names(Library library) {
    Set<String> names = new HashSet<>();
    names.add(library.path().substring(library.path().lastIndexOf('/') + 1));
    library.facts().soname().ifPresent(names::add);
    return names;
  }

  public Root root() {
    return root;
  }

  public ImageConfig config() {
    return config;
  }

  public Distribution distribution() {
    return distribution;
  }

  /// What is in a directory itself.
  List<String> children(String directory) {
    return children.computeIfAbsent(
        directory,
        d ->
            root.entriesBelow(d).keySet().stream()
                .filter(p -> p.indexOf('/', d.length() + 1) < 0)
                .toList());
  }

  Optional<Library> library(String path) {
    return Optional.ofNullable(libraries.get(path));
  }

  /// Those whose file or SONAME has this name, sorted by path.
  List<Library> named(String name) {
    return byName.getOrDefault(name, List.of());
  }

  List<Library> neededBy(String name) {
    return neededBy.getOrDefault(name, List.of());
  }

  /// See [Processors#levels].
  Set<String> levels() {
    return levels;
  }

  /// True if there is a path of the kind.
  boolean has(Pattern path) {
    return has.computeIfAbsent(
        path.pattern(),
        p -> {
          for (String one : root.paths()) {
            if (path.matcher(one).matches()) {
              return true;
            }
          }
          return false;
        });
  }

  boolean programExports(String symbol) {
    return programExports().contains(symbol);
  }

  private synchronized Set<String> programExports() {
    Set<String> all = programExports;
    if (all == null) {
      all = ViewLibraries.exports(programs);
      programExports = all;
    }
    return all;
  }

  /// True if programs of this base export all that those of another do.
  boolean programsExportAllOf(Base other) {
    return exportsAllOf.computeIfAbsent(other, this::exportAllOf);
  }

  @SuppressWarnings("ReferenceEquality") // Libraries that both have are the same objects.
  private boolean exportAllOf(Base other) {
    for (Library theirs : other.programs) {
      Optional<Library> mine = library(theirs.path());
      if (mine.orElse(null) != theirs) {
        for (Export e : theirs.facts().exports()) {
          if (mine.filter(l -> l.has(e.name())).isEmpty() && !programExports(e.name())) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /// The package whose file it is: `libc6:amd64`, as dpkg names its lists; of apk its name. dpkg
  /// writes down paths as they are in the package, which may lead through a link.
  Optional<String> owner(String path) {
    String owner = owners.get(path);
    if (owner == null && path.startsWith("usr/")) {
      owner = owners.get(path.substring(4));
    }
    return Optional.ofNullable(owner);
  }

  Digest diffIdOf(String path) {
    return root.layers().get(root.layerOf(path).orElse(0)).diffId();
  }

  /// What differs from another base, by path: all of a directory that only one has are there, too.
  static NavigableMap<String, Change> changes(Base old, Base now) {
    TreeMap<String, Change> all = new TreeMap<>();
    Map<String, Entry> before = old.root.entries();
    Map<String, Entry> after = now.root.entries();
    before.forEach((path, entry) -> {
      Entry other = after.get(path);
      if (other == null || !Entries.same(entry, other)) {
        all.put(path, new Change(Optional.of(entry), Optional.ofNullable(other)));
      }
    });
    after.forEach((path, entry) -> {
      if (!before.containsKey(path)) {
        all.put(path, new Change(Optional.empty(), Optional.of(entry)));
      }
    });
    return all;
  }

  /// @param old empty if the old base has nothing there
  /// @param now empty if the new base has nothing there
  record Change(Optional<Entry> old, Optional<Entry> now) {
    /// Nothing but a directory's owner or mode.
    boolean onlyDirectory() {
      return old.orElse(null) instanceof Entry.Directory
          && now.orElse(null) instanceof Entry.Directory;
    }
  }
}
