package graft.build.output;

import graft.build.Rooms;
import graft.error.GraftException;
import graft.facts.Inventories;
import graft.facts.Root;
import graft.image.Attestation;
import graft.image.Image;
import graft.inventory.Spdx;
import graft.oci.Digest;
import graft.oci.Json;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// The list of an image's packages that goes with it when it leaves.
public final class Sbom {
  private Sbom() {}

  /// @param layers bottom first
  /// @param attributes of `--attest type=sbom,…`
  public static Attestation of(
      Rooms rooms, Image image, List<Digest> layers, Map<String, String> attributes)
      throws IOException {
    if (attributes.containsKey("generator")) {
      throw new GraftException(
          GraftException.Kind.NOT_IMPLEMENTED,
          "Graft runs no SBOM generators; it lists the packages itself if none is named");
    }
    return new Attestation(
        Spdx.PREDICATE_TYPE,
        Json.bytes(
            Spdx.document(
                Inventories.of(Root.of(rooms.facts().of(layers))),
                image.config().id(),
                image.config().created().orElse(Instant.EPOCH))));
  }
}
