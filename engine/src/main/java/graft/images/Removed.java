package graft.images;

import graft.oci.Digest;

/// What a removal did, in its order.
public sealed interface Removed {
  /// A name or `name@digest` no longer points anywhere.
  record Untagged(String name) implements Removed {}

  /// An image id, or the chain ID of a layer, is gone.
  record Deleted(Digest digest) implements Removed {}
}
