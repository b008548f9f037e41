package graft.lineage;

import graft.build.Recipes;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.recipe.Recipe;
import graft.tree.Tree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// How the layers of an image were made: by its history, and by the recipes of it and of those it
/// derives from, which know the lines of Dockerfiles.
public final class LayerSteps {
  private final List<String> history;
  private final List<Recipe.Build> recipes;

  private LayerSteps(List<String> history, List<Recipe.Build> recipes) {
    this.history = List.copyOf(history);
    this.recipes = List.copyOf(recipes);
  }

  public static LayerSteps of(Images images, Recipes recipes, Tree tree, ImageRecord image)
      throws IOException {
    List<Digest> ids =
        Stream.concat(Stream.of(image.id()), tree.ancestors(image.id()).stream().map(Tree.Node::id))
            .toList();
    List<Recipe.Build> builds = new ArrayList<>();
    for (Digest id : ids) {
      Optional<ImageRecord> record = images.byId(id);
      if (record.isPresent()) {
        find(recipes, record.get()).ifPresent(builds::add);
      }
    }
    List<String> history = new ArrayList<>();
    images.open(image).config().history().stream()
        .filter(step -> !step.emptyLayer())
        .map(LayerSteps::by)
        .limit(image.diffIds().size())
        .forEach(history::add);
    while (history.size() < image.diffIds().size()) {
      history.add("");
    }
    return new LayerSteps(history, builds);
  }

  private static Optional<Recipe.Build> find(Recipes all, ImageRecord image) throws IOException {
    try {
      return all.find(image)
          .flatMap(r -> r instanceof Recipe.Build build ? Optional.of(build) : Optional.empty());
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.CORRUPT
          && e.kind() != GraftException.Kind.NOT_IMPLEMENTED) {
        throw e;
      }
      // Damaged, or a later Graft's: the layers are there all the same. `graft recipe` says it.
      return Optional.empty();
    }
  }

  /// What a person calls the step: an import has a comment only.
  private static String by(History step) {
    return step.createdBy().isEmpty() ? step.comment() : step.createdBy();
  }

  /// What the history says of each layer, bottom first; empty where it says nothing.
  List<String> history() {
    return history;
  }

  /// By whom it was made, where that is known.
  public Optional<Recipe.Made> madeBy(Digest layer) {
    return recipes.stream().flatMap(r -> r.madeBy(layer).stream()).findFirst();
  }

  Optional<Place.Step> of(Digest layer) {
    return madeBy(layer)
        .map(made ->
            new Place.Step(
                made.step().instruction(), made.recipe().dockerfile().path(), made.step().first()));
  }
}
