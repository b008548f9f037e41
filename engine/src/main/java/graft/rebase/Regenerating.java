package graft.rebase;

import graft.facts.Entry;
import java.util.ArrayList;
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
    Optional<String> input = made.flatMap(by -> changed(path, by));
    if (made.isEmpty() || input.isEmpty()) {
      return Optional.empty();
    }
    Generator by = made.get();
    if (asTheyAre.isPresent()) {
      return Optional.of(new Reason.Derived(layer, path, by.name(), input.get(), asTheyAre.get()));
    }
    Optional<List<String>> command = by.command(path, this::runs, this::isThere);
    if (command.isEmpty()) {
      return Optional.of(
          new Reason.Derived(
              layer, path, by.name(), input.get(), "the image would not have that program"));
    }
    all.merge(
        command.get(),
        new Regeneration(by.name(), command.get(), List.of(path), layer, input.get()),
        Regenerating::together);
    return Optional.empty();
  }

  private Optional<String> changed(String path, Generator by) {
    Optional<String> input = c.move().firstChanged(by);
    return input.isPresent() || !path.equals(CACHE) ? input : newLibrary();
  }

  /// One that is new in the base, and which the image's own cache does not know. That matters only
  /// where loaders do not look by themselves.
  private Optional<String> newLibrary() {
    Set<String> only = new HashSet<>(SearchPath.configured(c.after(), c.move().texts()));
    only.removeAll(SearchPath.builtIn(c.after()));
    return c.move().changes().entrySet().stream()
        .filter(e -> e.getValue().old().isEmpty())
        .map(Map.Entry::getKey)
        .filter(p -> {
          int slash = p.lastIndexOf('/');
          return slash > 0 && p.indexOf(".so", slash) > 0 && only.contains(p.substring(0, slash));
        })
        .findFirst();
  }

  private static Regeneration together(Regeneration a, Regeneration b) {
    List<String> paths = new ArrayList<>(a.paths());
    paths.addAll(b.paths());
    return new Regeneration(
        a.generator(), a.command(), paths, Math.min(a.layer(), b.layer()), a.input());
  }

  private Optional<Entry> found(String path) {
    return c.after().resolve(path).flatMap(c.after()::find);
  }

  private boolean isThere(String path) {
    return found(path).isPresent();
  }

  private boolean runs(String path) {
    return found(path).filter(e -> e instanceof Entry.File f && (f.mode() & 0111) != 0).isPresent();
  }
}
