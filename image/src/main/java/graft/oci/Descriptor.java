package graft.oci;

import java.util.Map;
import java.util.Optional;

/// Enough to fetch, verify and dispatch: what the bytes are, their digest, their size in bytes.
///
/// Source: OCI image-spec v1.1, descriptor.md. `urls`, `data` and `artifactType` of foreign
/// documents are kept only in the raw bytes of the document they stand in.
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    Map<String, String> annotations,
    Optional<Platform> platform) {
  public Descriptor {
    annotations = Map.copyOf(annotations);
  }

  public Descriptor(String mediaType, Digest digest, long size) {
    this(mediaType, digest, size, Map.of(), Optional.empty());
  }
}
