package graft.rollout;

import graft.facts.LayerFacts;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.rebase.Step;
import graft.recipe.Recipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The steps that made an image of its parent, as its history and its recipe tell them.
///
/// @param again empty if the recipe can run again, else why not, as a sentence
record OwnSteps(List<Step> all, Optional<String> again) {
  /// The comment of the history entry of a patch.
  static final String PATCH = "graft.rebase.patch";

  static final String BY = "graft rebase";

  private static final Set<String> FROM_CLIENTS = Set.of("secret", "ssh");

  OwnSteps {
    all = List.copyOf(all);
  }

  /// @param own the image's own layers
  static OwnSteps of(
      Image image, Image parent, List<LayerFacts> own, Optional<Recipe> recipe, ImageRecord base) {
    Optional<String> again = again(recipe, base);
    List<Step> all = new ArrayList<>();
    int layer = 0;
    for (History entry : history(image, parent, own.size())) {
      if (entry.emptyLayer() || layer >= own.size()) {
        all.add(new Step(Step.Kind.SETTING, text(entry), Optional.empty(), again.isEmpty()));
      } else {
        LayerFacts facts = own.get(layer++);
        boolean last = layer == own.size();
        Step.Kind kind =
            last && entry.comment().equals(PATCH) ? Step.Kind.PATCH : kind(recipe, facts.diffId());
        all.add(
            new Step(
                kind, text(entry), Optional.of(facts), kind != Step.Kind.PATCH && again.isEmpty()));
      }
    }
    while (layer < own.size()) {
      LayerFacts facts = own.get(layer++);
      all.add(new Step(kind(recipe, facts.diffId()), "", Optional.of(facts), again.isEmpty()));
    }
    return new OwnSteps(all, again);
  }

  boolean patched() {
    return !all.isEmpty() && all.getLast().kind() == Step.Kind.PATCH;
  }

  private static String text(History entry) {
    return entry.createdBy().isEmpty() ? entry.comment() : entry.createdBy();
  }

  /// The part of the history that is not the parent's.
  private static List<History> history(Image image, Image parent, int own) {
    List<History> all = image.config().history();
    List<History> below = parent.config().history();
    if (all.size() >= below.size() && all.subList(0, below.size()).equals(below)) {
      return all.subList(below.size(), all.size());
    }
    int from = all.size();
    int layers = 0;
    while (from > 0 && layers < own) {
      from--;
      if (!all.get(from).emptyLayer()) {
        layers++;
      }
    }
    return all.subList(from, all.size());
  }

  private static Step.Kind kind(Optional<Recipe> recipe, Digest layer) {
    Optional<Recipe.Action> action =
        recipe.flatMap(r ->
            r instanceof Recipe.Build build
                ? build.madeBy(layer).map(m -> m.step().action())
                : Optional.empty());
    return switch (action.orElse(null)) {
      case null -> Step.Kind.COMMIT;
      case Recipe.Action.Configure _ -> Step.Kind.COMMIT;
      case Recipe.Action.Run _ -> Step.Kind.RUN;
      case Recipe.Action.Copy c ->
          c.chown().matches("[0-9:]*") ? Step.Kind.COPY : Step.Kind.COPY_WITH_NAMES;
      case Recipe.Action.MakeDirectory _ -> Step.Kind.COPY_WITH_NAMES;
    };
  }

  /// Why it cannot be built again on another base.
  private static Optional<String> again(Optional<Recipe> recipe, ImageRecord parent) {
    if (recipe.isEmpty()) {
      return Optional.of("nothing is recorded of how the image was made");
    }
    if (!(recipe.get() instanceof Recipe.Build build)) {
      return Optional.of("it was committed from a container, which nobody can do again");
    }
    if (BaseOf.find(build, parent).isEmpty()) {
      return Optional.of("its recipe does not say that it was built on this base");
    }
    for (Recipe.Source source : build.sources()) {
      if (source.tree().filter(t -> t.kept() || t.bytes() == 0).isEmpty()) {
        return Optional.of("the files it was built from were not kept (--record-context=used)");
      }
    }
    for (Recipe.Stage stage : build.stages()) {
      for (Recipe.Step step : stage.steps()) {
        if (step.action() instanceof Recipe.Action.Run run
            && run.mounts().stream().anyMatch(m -> FROM_CLIENTS.contains(m.type()))) {
          return Optional.of(
              "line "
                  + step.first()
                  + " of its Dockerfile needs a secret or an agent of a client's");
        }
      }
    }
    return Optional.empty();
  }
}
