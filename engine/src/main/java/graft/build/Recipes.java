package graft.build;

import graft.build.source.FileTree;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.registry.Repository;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// How images were made, and making them again.
public interface Recipes {
  /// Empty if the image was not made here.
  Optional<Recipe> find(ImageRecord image) throws IOException;

  /// Puts an image's recipe beside it at its registry, where the image is. What is in contexts does
  /// not go along.
  ///
  /// @return of what the registry has now
  Digest push(ImageRecord image, Repository repository, Reference name) throws IOException;

  /// Brings a recipe that lies beside an image, which is here, from its registry. It is not
  /// believed where it is of other layers.
  ///
  /// @return false if there is none, or the image has one
  boolean pull(ImageRecord image, Repository repository, Reference name)
      throws IOException, InterruptedException;

  /// The files that a source of a recipe had; NOT_FOUND for one that came without.
  FileTree files(Recipe.Tree tree) throws IOException;

  /// What is to be at the bottom this time.
  interface NewBase {
    /// The very images of last time.
    NewBase SAME = _ -> Optional.empty();

    /// @return empty for the one that it was
    Optional<ImageRecord> of(Recipe.Base.Image base);
  }

  /// Runs all steps again, with nothing of the client's but secrets, agents and logins: files are
  /// those that are kept. Steps are not taken from the cache.
  ///
  /// @param undisclosed values of build arguments that the recipe keeps out (proxies), as far as
  ///   the steps are to have them
  /// @param client is not asked for files
  /// @throws BuildException what failed, at its line
  /// @throws graft.error.GraftException NOT_FOUND what it needs and is not here any more
  Builds.Result rerun(
      Recipe.Build recipe,
      NewBase newBase,
      Map<String, String> undisclosed,
      BuildClient client,
      Consumer<BuildEvent> listener)
      throws IOException, InterruptedException;
}
