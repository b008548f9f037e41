package graft.rebase;

import graft.elf.Library;
import graft.elf.Linkage;
import graft.elf.Missing;
import graft.facts.Entry;
import java.util.ArrayList;
import java.util.Collection;
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
  private final Case c;
  private final Map<String, Library> mine;
  private final List<Roots> processors;
  private final Set<String> used = new TreeSet<>();

  /// The libraries as programs find them on one kind of processor.
  ///
  /// @param within see [Processors#of]
  record Roots(List<String> within, ViewLibraries before, ViewLibraries after) {}

  Linking(Case c, Map<String, Library> mine, List<Roots> processors) {
    this.c = c;
    this.mine = mine;
    this.processors = List.copyOf(processors);
  }

  /// Fills [#used], too.
  List<Reason> reasons() {
    Set<Reason> all = new LinkedHashSet<>();
    for (Roots roots : processors) {
      forwards(roots, all);
      backwards(roots, all);
    }
    return List.copyOf(all);
  }

  /// Paths of files of the new base that are in a process of the image's: of those that differ from
  /// the old base's nobody can prove that they mean the same.
  Set<String> used() {
    return used;
  }

  private void forwards(Roots roots, Set<Reason> all) {
    Untouched untouched = Untouched.of(mine.values(), roots.before(), roots.after());
    List<Library> same = new ArrayList<>();
    for (Library file : new TreeMap<>(mine).values()) {
      if (untouched.has(file)) {
        same.add(file);
      } else {
        forwards(file, roots, all);
      }
      file.facts().interpreter().flatMap(c.after()::resolve).ifPresent(used::add);
    }
    uses(untouched.closure(same));
  }

  private void uses(Collection<Library> all) {
    for (Library l : all) {
      if (!mine.containsKey(l.path())) {
        used.add(l.path());
      }
    }
  }

  private void forwards(Library file, Roots roots, Set<Reason> all) {
    Linkage now = Linkage.of(file, roots.after());
    List<Missing> lost = now.lost(Linkage.of(file, roots.before()));
    if (!lost.isEmpty()) {
      all.add(new Reason.Unlinked(c.own().layerOf(file.path()), file.path(), lost));
    }
    uses(now.scope());
  }

  private void backwards(Roots roots, Set<Reason> all) {
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
    ViewLibraries theirs = alone(c.move().nowAlone(), roots);
    for (Library file : concerned) {
      if (c.after().isOwn(file.path()) || c.after().find(file.path()).isEmpty()) {
        continue;
      }
      Linkage with = Linkage.of(file, roots.after());
      List<Library> overriding =
          with.scope().stream().filter(l -> mine.containsKey(l.path())).toList();
      if (overriding.isEmpty()) {
        continue;
      }
      List<Missing> lost = new ArrayList<>(with.lost(Linkage.of(file, theirs)));
      // What was so on the old base already is no doing of the new one.
      c.move()
          .old()
          .library(file.path())
          .ifPresent(was -> lost.removeAll(brokenBefore(was, roots)));
      if (!lost.isEmpty()) {
        String library = overriding.getFirst().path();
        all.add(new Reason.Overridden(c.own().layerOf(library), file.path(), library, lost));
      }
    }
  }

  private List<Missing> brokenBefore(Library was, Roots roots) {
    return Linkage.of(was, roots.before()).lost(Linkage.of(was, alone(c.move().oldAlone(), roots)));
  }

  private ViewLibraries alone(View base, Roots roots) {
    List<String> directories = SearchPath.of(base, c.move().texts(), List.of());
    return new ViewLibraries(base, directories, roots.within(), Map.of());
  }
}
