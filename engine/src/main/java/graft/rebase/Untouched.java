package graft.rebase;

import graft.elf.ElfFacts.Known;
import graft.elf.Libraries;
import graft.elf.Library;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which of an image's files get just the same libraries in both roots, so that nobody has to look
/// at their symbols: that is so of most. Found for all files together, since they have most of
/// their libraries in common.
///
/// A file is touched that looks for libraries by paths of its own, or that names one which is
/// missing, or another, in the new root; and so is whatever needs a touched one.
final class Untouched {
  private final Libraries before;
  private final Libraries after;

  /// What each one needs; all that were looked at.
  private final Map<Library, List<Library>> needs = new HashMap<>();

  private final Set<Library> touched = new HashSet<>();

  private Untouched(Libraries before, Libraries after) {
    this.before = before;
    this.after = after;
  }

  static Untouched of(Collection<Library> files, Libraries before, Libraries after) {
    Untouched all = new Untouched(before, after);
    all.look(files);
    all.spread();
    return all;
  }

  boolean has(Library file) {
    return !touched.contains(file);
  }

  /// All that untouched files need, with themselves.
  Set<Library> closure(Collection<Library> files) {
    Set<Library> all = new HashSet<>();
    Deque<Library> waiting = new ArrayDeque<>(files);
    while (!waiting.isEmpty()) {
      Library one = waiting.remove();
      if (all.add(one)) {
        waiting.addAll(needs.getOrDefault(one, List.of()));
      }
    }
    return all;
  }

  private void look(Collection<Library> files) {
    // Plugins find symbols in the programs that load them.
    boolean hosts = after.programsExportAllOf(before);
    Deque<Library> waiting = new ArrayDeque<>(files);
    files.stream()
        .filter(f -> f.facts().interpreter().isEmpty() ? !hosts : !hasInterpreter(f))
        .forEach(touched::add);
    while (!waiting.isEmpty()) {
      Library one = waiting.remove();
      if (!needs.containsKey(one)) {
        List<Library> found = needed(one);
        needs.put(one, found);
        waiting.addAll(found);
      }
    }
  }

  private boolean hasInterpreter(Library program) {
    return program
        .facts()
        .interpreter()
        .flatMap(after::at)
        .filter(l -> l.facts().abi().equals(program.facts().abi()))
        .isPresent();
  }

  @SuppressWarnings("ReferenceEquality") // Libraries that both roots have are the same objects.
  private List<Library> needed(Library one) {
    Known facts = one.facts();
    if (!facts.rpath().isEmpty() || !facts.runpath().isEmpty()) {
      touched.add(one);
    }
    List<Library> all = new ArrayList<>();
    for (String name : facts.needed()) {
      Optional<Library> now =
          name.indexOf('/') >= 0 ? Optional.empty() : after.named(name, facts.abi());
      if (now.isEmpty() || now.get() != before.named(name, facts.abi()).orElse(null)) {
        touched.add(one);
      }
      now.ifPresent(all::add);
    }
    return all;
  }

  private void spread() {
    Map<Library, List<Library>> neededBy = new HashMap<>();
    needs.forEach((one, all) ->
        all.forEach(l -> neededBy.computeIfAbsent(l, _ -> new ArrayList<>()).add(one)));
    Deque<Library> waiting = new ArrayDeque<>(touched);
    while (!waiting.isEmpty()) {
      for (Library by : neededBy.getOrDefault(waiting.remove(), List.of())) {
        if (touched.add(by)) {
          waiting.add(by);
        }
      }
    }
  }
}
