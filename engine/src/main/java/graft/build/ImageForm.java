package graft.build;

import graft.image.Annotations;
import graft.images.Packing;
import java.time.Instant;
import java.util.Optional;

/// How the image of a build is written down.
///
/// @param oci OCI's media types; else Docker's
/// @param artifacts attestations as OCI artifacts
/// @param inline with attestations that are for registries only (`inline-only`), too
/// @param index an index also around a single image
/// @param annotations besides those of the request
/// @param clamp no file of the layers that the build made is newer than this
public record ImageForm(
    Packing packing,
    boolean oci,
    boolean artifacts,
    boolean inline,
    boolean index,
    Annotations annotations,
    Optional<Instant> clamp) {
  public static final ImageForm PLAIN =
      new ImageForm(Packing.GZIP, true, false, false, false, Annotations.NONE, Optional.empty());
}
