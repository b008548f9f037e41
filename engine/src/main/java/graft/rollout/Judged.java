package graft.rollout;

import graft.facts.LayerFacts;
import graft.image.Image;
import graft.rebase.Regeneration;
import java.util.List;
import java.util.Optional;

/// What came of judging an image.
///
/// @param outcome empty if the image stays
/// @param part where only its later steps have to run again
/// @param regenerations to be done in the part, or else in the outcome, which is not what it will
///   be before that
record Judged(
    Plan.Node node, Optional<Made> outcome, Optional<Part> part, List<Regeneration> regenerations) {
  Judged(Plan.Node node, Optional<Made> outcome) {
    this(node, outcome, Optional.empty(), List.of());
  }

  /// Where the regenerations are done.
  Stale stale() {
    return part.map(p -> new Stale(p.below(), p.layers(), p.patch()))
        .orElseGet(() -> {
          Made made = outcome.orElseThrow();
          return new Stale(made.image(), made.layers(), made.patch());
        });
  }

  /// What stays of an image whose later steps run again.
  ///
  /// @param below the new base with the layers that stay
  /// @param layers of that
  /// @param patch the uppermost of them, if it has to be written
  /// @param regenerations to be done in it
  record Part(
      Image below,
      List<LayerFacts> layers,
      Optional<PatchLayer> patch,
      List<Regeneration> regenerations,
      Remainder rest) {}

  /// An image in which programs make files anew.
  ///
  /// @param patch the uppermost of its layers, if it has to be written
  record Stale(Image image, List<LayerFacts> layers, Optional<PatchLayer> patch) {}
}
