package graft.build;

import graft.oci.Digest;
import graft.oci.Reference;

/// Where a build looks for results of steps that another engine made, besides its own.
public sealed interface CacheSource {
  /// An image that was built with its cache in it, or a cache alone. If an image of that name is
  /// here and says which steps made it, that one; else what the registry has.
  record Registry(Reference reference) implements CacheSource {}

  /// An image that is here.
  record Image(Digest id) implements CacheSource {}

  /// A store of the client's.
  ///
  /// @param store the name under which [BuildClient#blobs] knows it
  /// @param top the manifest or index in it
  record Store(String store, Digest top) implements CacheSource {}
}
