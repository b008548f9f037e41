package graft.container;

import graft.error.GraftException;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.Reference;
import graft.snapshot.Differ;
import java.io.IOException;
import java.time.Instant;
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
                  out -> differ.writeTar(id, out)));
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
}
