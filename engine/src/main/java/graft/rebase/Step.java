package graft.rebase;

import graft.facts.LayerFacts;
import java.util.List;
import java.util.Optional;

/// One of the steps that made an image of its base.
///
/// @param layer empty if it made none
/// @param again whether and how it can be done again
public record Step(Kind kind, String instruction, Optional<LayerFacts> layer, boolean again) {
  /// What it may have read of what was there before.
  public enum Kind {
    /// Only settings.
    SETTING,
    /// COPY and ADD: nothing, but for links in the way to their destination.
    COPY,
    /// COPY and ADD with an owner by name, which is looked up in what is there.
    COPY_WITH_NAMES,
    /// RUN: anything.
    RUN,
    /// A committed container: anything, and nobody knows how to do it again.
    COMMIT,
    /// The layer that an earlier [Patch] was written as. It is not put on the new base: what is
    /// merged now takes its place.
    PATCH
  }

  /// The steps of an image of which nothing is known but its layers.
  public static List<Step> ofLayers(List<LayerFacts> layers) {
    return layers.stream().map(l -> new Step(Kind.COMMIT, "", Optional.of(l), false)).toList();
  }

  boolean readsNothing() {
    return switch (kind) {
      case SETTING, COPY -> true;
      case COPY_WITH_NAMES, RUN, COMMIT, PATCH -> false;
    };
  }
}
