package graft.build;

import graft.images.Packing;
import graft.oci.Reference;

/// Where the results of a build's steps are to be found by other engines.
///
/// @param all of all stages; else of the image's layers only
/// @param oci OCI's media types; else Docker's
public record CacheExport(To to, boolean all, boolean oci, Packing packing) {
  public sealed interface To {
    record Registry(Reference name) implements To {}

    /// Files that the client takes.
    record Client() implements To {}
  }
}
