package graft.rebase;

import graft.facts.Entry;
import graft.facts.LayerFacts;
import graft.rebase.Patch.Put;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// A patch that takes the place of an earlier one: what the earlier one had is in it, in as far as
/// the layers below have it otherwise.
final class Carried {
  private Carried() {}

  /// @param layers the image's own, without the earlier patch
  /// @param earlier the layer of that patch
  /// @param fresh what has to be laid over both
  static Patch over(Move move, List<LayerFacts> layers, LayerFacts earlier, Patch fresh) {
    View below = new View(move.now(), Own.of(layers));
    Own patch = Own.of(List.of(earlier));
    TreeMap<String, Put> all = new TreeMap<>();
    patch
        .entries()
        .forEach((path, placed) ->
            put(move, patch, path, placed.entry()).ifPresent(p -> all.put(path, p)));
    all.putAll(fresh.files());
    all.entrySet().removeIf(e -> Entries.is(below.find(e.getKey()), e.getValue()));
    return new Patch(all);
  }

  private static Optional<Put> put(Move move, Own patch, String path, Entry entry) {
    return switch (entry) {
      case Entry.File f ->
          move.texts()
              .own(patch, path)
              .map(bytes -> new Put.File(f.mode(), f.uid(), f.gid(), f.xattrs(), bytes));
      case Entry.Directory d ->
          Optional.of(new Put.Directory(d.mode(), d.uid(), d.gid(), d.xattrs()));
      case Entry.Link l -> Optional.of(new Put.Link(l.uid(), l.gid(), l.target()));
      case Entry.Whiteout _ -> Optional.of(new Put.Nothing());
      // No patch has one.
      case Entry.Special _ -> Optional.empty();
    };
  }
}
