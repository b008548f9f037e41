package graft.rollout;

import graft.facts.LayerFacts;
import graft.image.Edits;
import graft.image.Image;
import graft.images.RecordOf;
import graft.oci.Descriptor;
import graft.oci.ImageConfig.History;
import graft.oci.MediaTypes;
import graft.oci.SettingsBuilder;
import graft.rebase.Reason;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What is written into an image that is put on another base. Pure functions.
final class Edited {
  private Edited() {}

  /// What an image is taken for that has to be built first: layers, and the settings of another.
  static Image standIn(Image image, List<LayerFacts> layers, Instant created) {
    Image stand = Edits.fromScratch(image.config().platform());
    for (LayerFacts layer : layers) {
      stand =
          Edits.append(
              stand,
              new Image.Layer(
                  new Descriptor(MediaTypes.OCI_LAYER, layer.diffId(), 0), layer.diffId()),
              new History(Optional.of(created), "", "", "", false),
              _ -> image.config().config());
    }
    return stand;
  }

  /// With the layer of what was merged on top.
  static Image patched(Image moved, PatchLayer patch, Instant created) {
    History entry =
        new History(
            Optional.of(created),
            OwnSteps.BY
                + " # merged "
                + String.join(", ", patch.patch().files().keySet().stream().limit(5).toList())
                + (patch.patch().files().size() > 5
                    ? " and " + (patch.patch().files().size() - 5) + " more"
                    : ""),
            "",
            OwnSteps.PATCH,
            false);
    return Edits.append(
        moved,
        new Image.Layer(
            new Descriptor(MediaTypes.OCI_LAYER, patch.diffId(), patch.tar().length),
            patch.diffId()),
        entry,
        settings -> settings);
  }

  /// With what a check said against it.
  static Image forced(Image moved, List<Reason> warnings, Instant created) {
    String why = warnings.stream().map(Reason::text).distinct().collect(Collectors.joining("; "));
    return labelled(moved, why, why, created);
  }

  /// The same, saying that nobody tried it.
  static Made untried(Made made, Instant created) {
    Image marked =
        labelled(
            made.image(),
            "untried",
            "nobody vouches that it works on its base, or tried it",
            created);
    return new Made(
        Edits.withAnnotations(marked, made.image().manifest().annotations()),
        made.layers(),
        made.patch(),
        made.record(),
        made.name(),
        made.exact());
  }

  private static Image labelled(Image image, String history, String why, Instant created) {
    return Edits.withConfig(
        image,
        new History(Optional.of(created), OwnSteps.BY + " --force # " + history, "", "", true),
        settings -> {
          SettingsBuilder changed = new SettingsBuilder(settings);
          changed.labels.merge(Work.FORCED, why, (a, b) -> a + "; " + b);
          return changed.build();
        });
  }

  /// With what an image says of its base, and all else that its manifest said.
  static Image onBase(Image moved, Image before, Made base) {
    Map<String, String> annotations = new HashMap<>(before.manifest().annotations());
    annotations.keySet().removeIf(RecordOf::isOfBase);
    annotations.putAll(
        base.record().isPresent()
            ? RecordOf.baseAnnotations(base.record().get(), base.name())
            : RecordOf.baseAnnotations(base.image(), base.name()));
    return Edits.withAnnotations(moved, annotations);
  }
}
