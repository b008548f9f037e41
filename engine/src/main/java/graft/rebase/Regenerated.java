package graft.rebase;

import graft.facts.Root;
import graft.rebase.Patch.Put;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// What a generator has made in an image.
public sealed interface Regenerated {
  /// Files to be laid over the image.
  record Files(Patch patch) implements Regenerated {}

  /// It wrote what is not its business: nothing of it is taken.
  record Stray(String path) implements Regenerated {}

  /// Of what was written only what the generator is known to make is taken, and only what is
  /// another now. Logs and caches may be written, and are not taken.
  ///
  /// @param before the image it ran in
  /// @param written by path, directories on the way to them included
  static Regenerated of(Regeneration regeneration, Root before, NavigableMap<String, Put> written) {
    TreeMap<String, Put> taken = new TreeMap<>();
    for (var one : written.entrySet()) {
      String path = one.getKey();
      if (Entries.is(before.find(path), one.getValue())) {
        continue;
      }
      if (makes(regeneration, path)) {
        taken.put(path, one.getValue());
      } else if (!Treatments.of(path).keepsOwn()) {
        return new Stray(path);
      }
    }
    return new Files(new Patch(taken));
  }

  private static boolean makes(Regeneration regeneration, String path) {
    Optional<Generator> of = Generator.of(path);
    return of.isPresent() && of.get().name().equals(regeneration.generator())
        || regeneration.paths().stream()
            .flatMap(p -> Generator.of(p).stream())
            .anyMatch(g -> g.alsoMakes(path));
  }
}
