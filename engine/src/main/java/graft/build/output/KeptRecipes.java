package graft.build.output;

import graft.build.BuildClient;
import graft.build.BuildEvent;
import graft.build.Builds;
import graft.build.Recipes;
import graft.build.source.FileTree;
import graft.build.source.TreeList;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import graft.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Recipes that are kept with images.
public final class KeptRecipes implements Recipes {
  /// As [Recipes#rerun].
  public interface Again {
    Builds.Result run(
        Recipe.Build recipe,
        NewBase newBase,
        Map<String, String> undisclosed,
        BuildClient client,
        Consumer<BuildEvent> listener)
        throws IOException, InterruptedException;
  }

  private final Images images;
  private final Again again;

  public KeptRecipes(Images images, Again again) {
    this.images = images;
    this.again = again;
  }

  @Override
  public Optional<Recipe> find(ImageRecord image) throws IOException {
    return image.recipe().isEmpty()
        ? Optional.empty()
        : Optional.of(RecipeJson.read(images.document(image.recipe().get().document())));
  }

  @Override
  public Digest push(ImageRecord image, Repository repository, Reference name) throws IOException {
    Optional<Recipe> recipe = find(image);
    if (recipe.isEmpty() || !(recipe.get() instanceof Recipe.Build build)) {
      throw GraftException.notFound(
          name.familiar() + " has no recipe that could go along: it was not built by Graft");
    }
    return new RecipeReferrer(repository, name, image).push(build);
  }

  @Override
  public boolean pull(ImageRecord image, Repository repository, Reference name)
      throws IOException, InterruptedException {
    if (image.recipe().isPresent()) {
      return false; // Of one that was built here more is known.
    }
    Optional<Recipe.Build> found = new RecipeReferrer(repository, name, image).pull();
    if (found.isPresent()) {
      var _ = images.describe(image, new Images.Recipe(RecipeJson.write(found.get()), List.of()));
    }
    return found.isPresent();
  }

  @Override
  public FileTree files(Recipe.Tree tree) throws IOException {
    try {
      return TreeList.read(images.document(tree.list()));
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.NOT_FOUND && !tree.kept()) {
        throw GraftException.notFound(
            "the list of the files is where the image was built: recipes come without");
      }
      throw e;
    }
  }

  @Override
  public Builds.Result rerun(
      Recipe.Build recipe,
      NewBase newBase,
      Map<String, String> undisclosed,
      BuildClient client,
      Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    return again.run(recipe, newBase, undisclosed, client, listener);
  }
}
