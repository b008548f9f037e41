package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.engine.Engine;
import graft.images.ImageRecord;
import graft.lineage.LayerSteps;
import graft.oci.Digest;
import graft.tree.Tree;
import java.io.IOException;

/// Which line of which Dockerfile made a layer.
final class LinesOfLayers {
  private final LayerSteps steps;

  LinesOfLayers(Engine engine, Tree tree, ImageRecord image) throws IOException {
    this.steps = LayerSteps.of(engine.images(), engine.builds().recipes(), tree, image);
  }

  /// Adds `dockerfile`, `line`, `lastLine` and `instruction`; nothing where it is not known.
  void tell(Digest layer, ObjectNode json) {
    steps
        .madeBy(layer)
        .ifPresent(made -> {
          json.put("dockerfile", made.recipe().dockerfile().path());
          json.put("line", made.step().first());
          json.put("lastLine", made.step().last());
          json.put("instruction", made.step().instruction());
        });
  }
}
