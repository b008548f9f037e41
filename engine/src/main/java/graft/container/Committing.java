package graft.container;

import graft.error.GraftException;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import graft.runtime.Spec;
import graft.snapshot.Differ;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// From a container's writable layer to an image.
record Committing(
    Lifecycle lifecycle,
    Stopping stopping,
    Images images,
    Differ differ,
    Removal.Announcer announcer) {
  ImageRecord commit(String id, Containers.CommitRequest request)
      throws IOException, InterruptedException {
    Container c = lifecycle.current(id);
    ImageRecord base =
        images
            .byId(c.image())
            .orElseThrow(() -> GraftException.notFound("No such image: " + c.image()));
    Instant begun = Instant.now();
    boolean frozen = request.pause() && c.state() instanceof State.Running;
    if (frozen) {
      stopping.pause(id);
    }
    ImageRecord image;
    try {
      image =
          images.commit(
              new Growth.Commit(
                  base,
                  Digest.isDigest(c.imageName()) || base.id().hex().startsWith(c.imageName())
                      ? ""
                      : c.imageName(),
                  request.name(),
                  new History(
                      Optional.of(Instant.now()),
                      String.join(" ", c.spec().run().process().args()),
                      request.author(),
                      request.message(),
                      false),
                  request.settings(),
                  out -> differ.writeTar(id, out),
                  layer -> Optional.of(recipe(c, base, layer, begun))));
    } finally {
      if (frozen) {
        stopping.unpause(id);
      }
    }
    announcer.announce(
        c,
        "commit",
        Map.of(
            "comment",
            request.message(),
            "imageID",
            image.id().toString(),
            "imageRef",
            request.name().map(Reference::toString).orElse("")));
    return image;
  }

  /// Nobody knows by which commands the layer was written; what ran is the closest to it.
  private static Images.Recipe recipe(
      Container c, ImageRecord base, Optional<Digest> layer, Instant begun) {
    Spec.Process process = c.spec().run().process();
    Digest manifest = base.manifest().digest();
    Recipe.Commit recipe =
        new Recipe.Commit(
            new Recipe.Base.Image(
                c.imageName(),
                false,
                base.names().stream()
                    .map(Reference::toString)
                    .findFirst()
                    .orElse(base.id().toString()),
                base.digests().stream()
                    .flatMap(d -> d.digest().stream())
                    .filter(d -> !d.equals(manifest))
                    .findFirst(),
                manifest,
                base.id(),
                base.platform(),
                base.diffIds()),
            c.id(),
            process.args(),
            process.cwd(),
            process.user(),
            layer,
            begun,
            Instant.now());
    return new Images.Recipe(RecipeJson.write(recipe), List.of());
  }
}
