package graft.build.run;

import graft.build.cache.CacheRecords;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Which steps made an image that is here: what its config says, if it was built to be a cache, and
/// what its recipe says, if it was built here. So an image is a source of the cache also when the
/// engine has forgotten its steps.
final class LocalCache {
  private LocalCache() {}

  /// @return whether anything is known
  static boolean add(Images images, ImageRecord image, Consumer<CacheRecords.Step> to)
      throws IOException {
    List<CacheRecords.Step> written = CacheRecords.read(images.open(image).config().raw().bytes());
    written.forEach(to);
    boolean known = !written.isEmpty();
    if (image.recipe().isPresent()
        && RecipeJson.read(images.document(image.recipe().get().document()))
            instanceof Recipe.Build build) {
      known |= add(build, to);
    }
    return known;
  }

  private static boolean add(Recipe.Build build, Consumer<CacheRecords.Step> to) {
    boolean known = false;
    for (Recipe.Base base : build.bases()) {
      if (base instanceof Recipe.Base.Result result) {
        known |= add(result.recipe(), to);
      }
    }
    for (Recipe.Stage stage : build.stages()) {
      for (Recipe.Step step : stage.steps()) {
        Optional<Recipe.Result> made = step.result();
        if (made.isPresent()) {
          Recipe.Result r = made.get();
          // A recipe does not say what a step has read from other stages, so its key is all.
          to.accept(
              new CacheRecords.Step(
                  r.key(),
                  r.key(),
                  Steps.slot(step.instruction()),
                  r.layer(),
                  r.bytes(),
                  r.finished(),
                  step.instruction()));
          known = true;
        }
      }
    }
    return known;
  }
}
