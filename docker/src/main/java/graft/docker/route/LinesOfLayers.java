package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.Recipes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.recipe.Recipe;
import graft.tree.Tree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Which line of which Dockerfile made a layer, as far as an image and those it derives from have
/// recipes.
final class LinesOfLayers {
  private final List<Recipe.Build> recipes = new ArrayList<>();

  LinesOfLayers(Engine engine, Tree tree, ImageRecord image) throws IOException {
    List<Digest> ids =
        Stream.concat(Stream.of(image.id()), tree.ancestors(image.id()).stream().map(Tree.Node::id))
            .toList();
    for (Digest id : ids) {
      Optional<ImageRecord> record = engine.images().byId(id);
      if (record.isPresent()) {
        add(engine.builds().recipes(), record.get());
      }
    }
  }

  private void add(Recipes all, ImageRecord image) throws IOException {
    try {
      if (all.find(image).orElse(null) instanceof Recipe.Build build) {
        recipes.add(build);
      }
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.CORRUPT
          && e.kind() != GraftException.Kind.NOT_IMPLEMENTED) {
        throw e;
      }
      // Damaged, or a later Graft's: the layers are there all the same. `graft recipe` says it.
    }
  }

  /// Adds `dockerfile`, `line`, `lastLine` and `instruction`; nothing where it is not known.
  void tell(Digest layer, ObjectNode json) {
    recipes.stream()
        .flatMap(r -> r.madeBy(layer).stream())
        .findFirst()
        .ifPresent(made -> {
          json.put("dockerfile", made.recipe().dockerfile().path());
          json.put("line", made.step().first());
          json.put("lastLine", made.step().last());
          json.put("instruction", made.step().instruction());
        });
  }
}
