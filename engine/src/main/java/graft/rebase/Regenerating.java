package graft.rebase;

import graft.facts.Entry;
import graft.inventory.Evidence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// C9: what programs made of files that the new base has others of. Each of those programs makes
/// its files anew, if the image has it; else they are reasons against it.
final class Regenerating {
  private static final String CACHE = "etc/ld.so.cache";

  private final Case c;
  private final Optional<String> asTheyAre;
  private final Map<List<String>, Regeneration> all = new LinkedHashMap<>();

  /// @param asTheyAre why nothing is made anew; empty if it is
  Regenerating(Case c, Optional<String> asTheyAre) {
    this.c = c;
    this.asTheyAre = asTheyAre;
  }

  List<Regeneration> all() {
    return List.copyOf(all.values());
  }

  /// A file of the image's own.
  ///
  /// @return why it cannot be as it is, and nothing can make it anew; empty mostly
  Optional<Reason> look(String path, int layer) {
    Optional<Generator> made = Generator.of(path);
    if (made.isEmpty()) {
      return Optional.empty();
    }
    Generator by = made.get();
    Optional<String> input = changed(path, by);
    if (input.isPresent()) {
      return make(path, layer, by, input.get());
    }
    if (path.equals(CACHE) && asTheyAre.isEmpty()) {
      // Loaders look there by themselves; what only lists the cache does not.
      otherLibrary(SearchPath.builtIn(c.after()), true)
          .ifPresent(library -> ifItCan(path, layer, by, library));
    }
    return Optional.empty();
  }

  /// Files that only the new base has, and that its package manager would have made of what the
  /// image has as well, had that been installed there.
  List<Reason> lookAtBase() {
    Map<String, Optional<String>> inputs = new HashMap<>();
    List<Reason> reasons = new ArrayList<>();
    c.move()
        .changes()
        .forEach((path, change) -> {
          Optional<Generator> by = Generator.of(path);
          if (by.isEmpty()
              || change.old().isPresent()
              || !(change.now().orElse(null) instanceof Entry.File)
              || c.after().isOwn(path)
              || c.own().hides(path)) {
            return;
          }
          Generator g = by.get();
          Optional<String> input = inputs.computeIfAbsent(g.name(), _ -> installed(g));
          if (input.isEmpty()) {
            return;
          }
          int layer = c.own().layerOf(input.get());
          if (asTheyAre.isPresent()) {
            reasons.add(new Reason.Derived(layer, path, g.name(), input.get(), asTheyAre.get()));
          } else {
            // Without the program, it would not be made anew by an installation either.
            ifItCan(path, layer, g, input.get());
          }
        });
    return reasons;
  }

  /// The first of what a generator reads that came with packages, in the image's own layers. What
  /// was copied there makes no package manager run it.
  private Optional<String> installed(Generator by) {
    return c.own().entries().entrySet().stream()
        .filter(e -> e.getValue().entry() instanceof Entry.File)
        .filter(e -> by.inputs().matcher(e.getKey()).matches())
        .filter(e -> Generator.of(e.getKey()).isEmpty())
        .filter(e ->
            c.own().layers().get(e.getValue().layer()).evidence().values().stream()
                .anyMatch(v -> v instanceof Evidence.Database))
        .filter(e ->
            c.move()
                .change(e.getKey())
                .flatMap(Base.Change::now)
                .filter(n -> Entries.same(n, e.getValue().entry()))
                .isEmpty())
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private Optional<Reason> make(String path, int layer, Generator by, String input) {
    if (asTheyAre.isPresent()) {
      return Optional.of(new Reason.Derived(layer, path, by.name(), input, asTheyAre.get()));
    }
    return ifItCan(path, layer, by, input)
        ? Optional.empty()
        : Optional.of(
            new Reason.Derived(
                layer, path, by.name(), input, "the image would not have that program"));
  }

  private boolean ifItCan(String path, int layer, Generator by, String input) {
    Optional<List<String>> command = by.command(path, c.after());
    command.ifPresent(words ->
        all.merge(
            words,
            new Regeneration(by.name(), words, List.of(path), layer, input),
            Regenerating::together));
    return command.isPresent();
  }

  private Optional<String> changed(String path, Generator by) {
    Optional<String> input = c.move().firstChanged(by);
    if (input.isPresent() || !path.equals(CACHE)) {
      return input;
    }
    // Only the cache tells loaders of these.
    Set<String> only = new HashSet<>(SearchPath.configured(c.after(), c.move().texts()));
    only.removeAll(SearchPath.builtIn(c.after()));
    return otherLibrary(only, false);
  }

  /// A library that only one of the bases has, by the name by which the image's own cache would
  /// have it. In those directories that only the cache tells of, one that is gone does not matter.
  private Optional<String> otherLibrary(Set<String> directories, boolean orGone) {
    return c.move().changes().entrySet().stream()
        .filter(e -> e.getValue().old().isEmpty() || orGone && e.getValue().now().isEmpty())
        .map(Map.Entry::getKey)
        .filter(path -> {
          int slash = path.lastIndexOf('/');
          return slash > 0
              && path.indexOf(".so", slash) > 0
              && directories.contains(path.substring(0, slash))
              && !c.after().isOwn(path);
        })
        .filter(path -> {
          boolean more = c.move().now().root().find(path).isPresent();
          View lacks = more ? c.before() : c.after();
          return (more ? c.move().now() : c.move().old())
              .library(path)
              .flatMap(l -> l.facts().soname())
              .filter(name -> lacks.find(beside(path, name)).isPresent())
              .isEmpty();
        })
        .findFirst();
  }

  private static String beside(String path, String name) {
    return path.substring(0, path.lastIndexOf('/') + 1) + name;
  }

  private static Regeneration together(Regeneration a, Regeneration b) {
    List<String> paths = new ArrayList<>(a.paths());
    paths.addAll(b.paths());
    return new Regeneration(
        a.generator(), a.command(), paths, Math.min(a.layer(), b.layer()), a.input());
  }
}
