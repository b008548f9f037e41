package graft.rebase;

import graft.elf.Library;
import graft.elf.Linkage;
import graft.elf.Missing;
import graft.facts.Entry;
import graft.rebase.Base.Change;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// C5: whatever the image's programs and libraries found on the old base, they find on the new; and
/// what the new base's find in the image is no less than what they find in their own.
final class Linking {
  private static final String CACHE = "etc/ld.so.cache";

  private final Case c;
  private final Map<String, Library> mine;
  private final ViewLibraries before;
  private final ViewLibraries after;
  private final Set<String> used = new TreeSet<>();

  Linking(Case c, Map<String, Library> mine, ViewLibraries before, ViewLibraries after) {
    this.c = c;
    this.mine = mine;
    this.before = before;
    this.after = after;
  }

  /// Fills [#used], too.
  List<Reason> reasons() {
    List<Reason> all = new ArrayList<>();
    new TreeMap<>(mine).values().forEach(file -> forwards(file, all));
    backwards(all);
    cache(all);
    return all;
  }

  /// Paths of files of the new base that are in a process of the image's: of those that differ from
  /// the old base's nobody can prove that they mean the same.
  Set<String> used() {
    return used;
  }

  private void forwards(Library file, List<Reason> all) {
    Linkage now = Linkage.of(file, after);
    List<Missing> lost = now.lost(Linkage.of(file, before));
    if (!lost.isEmpty()) {
      all.add(new Reason.Unlinked(c.own().layerOf(file.path()), file.path(), lost));
    }
    for (Library l : now.scope()) {
      if (!mine.containsKey(l.path())) {
        used.add(l.path());
      }
    }
    file.facts().interpreter().flatMap(c.after()::resolve).ifPresent(used::add);
  }

  private void backwards(List<Reason> all) {
    Set<Library> concerned = new LinkedHashSet<>();
    Set<String> names = new HashSet<>();
    mine.values().forEach(l -> names.addAll(Base.names(l)));
    // A link can give a library of the base another name, or another library that name.
    c.own()
        .entries()
        .forEach((path, placed) -> {
          if (placed.entry() instanceof Entry.Link && path.contains(".so")) {
            names.add(path.substring(path.lastIndexOf('/') + 1));
          }
        });
    for (String name : new TreeSet<>(names)) {
      concerned.addAll(c.move().now().neededBy(name));
    }
    if (concerned.isEmpty()) {
      return;
    }
    View alone = c.move().nowAlone();
    ViewLibraries theirs =
        new ViewLibraries(alone, SearchPath.of(alone, c.move().texts(), List.of()), Map.of());
    for (Library file : concerned) {
      if (c.after().isOwn(file.path()) || c.after().find(file.path()).isEmpty()) {
        continue;
      }
      Linkage with = Linkage.of(file, after);
      List<Library> overriding =
          with.scope().stream().filter(l -> mine.containsKey(l.path())).toList();
      if (overriding.isEmpty()) {
        continue;
      }
      List<Missing> lost = new ArrayList<>(with.lost(Linkage.of(file, theirs)));
      // What was so on the old base already is no doing of the new one.
      c.move().old().library(file.path()).ifPresent(was -> lost.removeAll(brokenBefore(was)));
      if (!lost.isEmpty()) {
        String library = overriding.getFirst().path();
        all.add(new Reason.Overridden(c.own().layerOf(library), file.path(), library, lost));
      }
    }
  }

  private List<Missing> brokenBefore(Library was) {
    View alone = c.move().oldAlone();
    ViewLibraries theirs =
        new ViewLibraries(alone, SearchPath.of(alone, c.move().texts(), List.of()), Map.of());
    return Linkage.of(was, before).lost(Linkage.of(was, theirs));
  }

  /// C9, of `ldconfig`: the image's own cache does not know libraries that are new in the base.
  /// That matters only where loaders do not look by themselves.
  private void cache(List<Reason> all) {
    if (!(c.own().find(CACHE).orElse(null) instanceof Entry.File)) {
      return;
    }
    Set<String> only = new HashSet<>(SearchPath.configured(c.after(), c.move().texts()));
    only.removeAll(SearchPath.builtIn(c.after()));
    for (Map.Entry<String, Change> e : c.move().changes().entrySet()) {
      String path = e.getKey();
      int slash = path.lastIndexOf('/');
      if (e.getValue().old().isEmpty()
          && slash > 0
          && path.indexOf(".so", slash) > 0
          && only.contains(path.substring(0, slash))) {
        all.add(new Reason.Derived(c.own().layerOf(CACHE), CACHE, "ldconfig", path));
        return;
      }
    }
  }
}
