package graft.images;

import graft.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The identity of a stack of layers. Graft keys nothing by it; Docker's API shows it.
///
/// Source: OCI image-spec v1.1, config.md, "Layer ChainID".
public final class ChainIds {
  private ChainIds() {}

  /// The chain ID at each height, bottom first.
  public static List<Digest> of(List<Digest> diffIds) {
    List<Digest> chains = new ArrayList<>();
    for (Digest diffId : diffIds) {
      chains.add(
          chains.isEmpty()
              ? diffId
              : Digest.of((chains.getLast() + " " + diffId).getBytes(StandardCharsets.UTF_8)));
    }
    return chains;
  }
}
