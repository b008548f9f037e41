package graft.rebase;

import graft.elf.Library;
import graft.facts.LayerFacts;
import graft.oci.ImageConfig;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// One image's own layers and one move: what the checks look at.
///
/// @param before the layers on the old base
/// @param after the layers on the new base, without what is merged
/// @param config of the image
record Case(Move move, Own own, View before, View after, ImageConfig config) {
  static Case of(Move move, List<LayerFacts> layers, ImageConfig config) {
    Own own = Own.of(layers);
    return new Case(move, own, new View(move.old(), own), new View(move.now(), own), config);
  }

  /// The two roots as loaders see them, on each kind of processor; the image's own files are the
  /// same objects in all of them.
  Linking linking() {
    Map<String, Library> mine = ViewLibraries.own(own);
    Set<String> levels = new TreeSet<>(Processors.levels(mine.values()));
    levels.addAll(move.old().levels());
    levels.addAll(move.now().levels());
    List<String> beforeAt = SearchPath.of(before, move.texts(), environment());
    List<String> afterAt = SearchPath.of(after, move.texts(), environment());
    return new Linking(
        this,
        mine,
        Processors.of(levels).stream()
            .map(within ->
                new Linking.Roots(
                    within,
                    new ViewLibraries(before, beforeAt, within, mine),
                    new ViewLibraries(after, afterAt, within, mine)))
            .toList());
  }

  private List<String> environment() {
    return config.config().env();
  }

  /// A text file as it will be in the end.
  Optional<String> result(Patch patch, String path) {
    Patch.Put put = patch.files().get(path);
    return put == null
        ? move.texts().of(after, path)
        : put instanceof Patch.Put.File f
            ? Optional.of(new String(f.content(), StandardCharsets.ISO_8859_1))
            : Optional.empty();
  }
}
