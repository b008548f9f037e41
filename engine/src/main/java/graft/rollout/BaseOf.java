package graft.rollout;

import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.recipe.Recipe;
import java.util.List;
import java.util.Optional;

/// Recipes and the images they stand on.
final class BaseOf {
  private static final int PART_OF_ID = 40;

  private BaseOf() {}

  /// The base of a recipe that an image is.
  static Optional<Recipe.Base.Image> find(Recipe.Build build, ImageRecord parent) {
    return build.bases().stream()
        .filter(Recipe.Base.Image.class::isInstance)
        .map(Recipe.Base.Image.class::cast)
        .filter(i -> is(i, parent))
        .findFirst();
  }

  static boolean is(Recipe.Base.Image base, ImageRecord parent) {
    return base.config().equals(parent.id());
  }

  /// The recipe of an image whose layers were put on another base: the same steps on that. A patch
  /// is of no step.
  ///
  /// @param layers of the image as it is now
  static Optional<Recipe> moved(
      Optional<Recipe> recipe, ImageRecord old, ImageRecord now, List<Digest> layers) {
    return recipe.flatMap(r ->
        switch (r) {
          case Recipe.Build build ->
              find(build, old).map(base -> build.onBase(base, replaced(base, now), layers));
          case Recipe.Commit commit ->
              is(commit.base(), old)
                  ? Optional.of(commit.onBase(replaced(commit.base(), now)))
                  : Optional.<Recipe>empty();
        });
  }

  /// What the Dockerfile calls it stays.
  static Recipe.Base.Image replaced(Recipe.Base.Image base, ImageRecord now) {
    Optional<Digest> index =
        now.digests().stream()
            .flatMap(d -> d.digest().stream())
            .filter(d -> !d.equals(now.manifest().digest()))
            .findFirst();
    return new Recipe.Base.Image(
        base.name(),
        base.context(),
        now.names().isEmpty() ? base.reference() : now.names().getFirst().toString(),
        index,
        now.manifest().digest(),
        now.id(),
        now.platform(),
        now.diffIds());
  }

  /// As an image says what it stands on.
  static String name(ImageRecord image) {
    return image.names().isEmpty() ? "" : image.names().getFirst().familiar();
  }

  /// For people.
  static String title(ImageRecord image) {
    return image.names().isEmpty() ? image.id().shortHex() : name(image);
  }

  /// An image in a FROM, whether it has a name or not: all of its id would be taken for a name.
  static String inDockerfile(Digest image) {
    return image.hex().substring(0, PART_OF_ID);
  }

  static List<String> names(ImageRecord image) {
    return image.names().stream().map(Reference::familiar).toList();
  }
}
