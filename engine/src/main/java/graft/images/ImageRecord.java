package graft.images;

import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// An image of this machine, as much of it as lists and look-ups need; the documents themselves are
/// in the content store.
///
/// @param id the digest of its config, which is what Docker's classic store calls the image's id
/// @param manifest its manifest; for an image made here, one that names uncompressed layers
/// @param diffIds its layers, bottom first
/// @param size the sum of its layers, in bytes
/// @param parent the image it was made from here (commit, later build)
/// @param base what it says of its base image: the annotations `org.opencontainers.image.base.*`
/// @param names its tags, sorted
/// @param digests `name@digest` under which a registry knows it, sorted
/// @param blobs what it holds in the content store: manifest, config, compressed layers
/// @param tagged when a name was last put on it
/// @param recipe how it was made, if it was made here
public record ImageRecord(
    Digest id,
    Descriptor manifest,
    List<Digest> diffIds,
    Platform platform,
    Instant created,
    long size,
    Map<String, String> labels,
    Optional<Digest> parent,
    Optional<Base> base,
    List<Reference> names,
    List<Reference> digests,
    List<Digest> blobs,
    Instant tagged,
    Optional<Recipe> recipe) {
  public ImageRecord {
    diffIds = List.copyOf(diffIds);
    labels = Map.copyOf(labels);
    names = List.copyOf(names);
    digests = List.copyOf(digests);
    blobs = List.copyOf(blobs);
  }

  /// Source: OCI image-spec v1.1, annotations.md. `name` may be empty.
  public record Base(String name, Optional<Digest> digest) {}

  /// Documents in the content store.
  ///
  /// @param lists which the document names
  public record Recipe(Digest document, List<Digest> lists) {
    public Recipe {
      lists = List.copyOf(lists);
    }

    /// All of them.
    List<Digest> blobs() {
      List<Digest> all = new ArrayList<>(lists);
      all.add(document);
      return all;
    }
  }

  /// Digests by which others may name it: its manifest, and what registries know it by, which for a
  /// base is mostly the index that it was pulled as.
  public Set<Digest> aliases() {
    return Stream.concat(
            Stream.of(manifest.digest()), digests.stream().flatMap(d -> d.digest().stream()))
        .collect(Collectors.toSet());
  }

  /// All that it holds in the stores: layers and blobs.
  public List<Digest> holds() {
    return Stream.of(
            diffIds.stream(), blobs.stream(), recipe.stream().flatMap(r -> r.blobs().stream()))
        .flatMap(s -> s)
        .distinct()
        .toList();
  }

  ImageRecord with(Optional<Recipe> newRecipe) {
    return new ImageRecord(
        id, manifest, diffIds, platform, created, size, labels, parent, base, names, digests, blobs,
        tagged, newRecipe);
  }

  /// The layers as a stack of overlay lowers wants them.
  public List<Digest> topFirst() {
    return diffIds.reversed();
  }

  ImageRecord with(List<Reference> newNames, List<Reference> newDigests, Instant newTagged) {
    return with(newNames, newDigests, blobs, newTagged);
  }

  ImageRecord with(
      List<Reference> newNames,
      List<Reference> newDigests,
      List<Digest> newBlobs,
      Instant newTagged) {
    return new ImageRecord(
        id,
        manifest,
        diffIds,
        platform,
        created,
        size,
        labels,
        parent,
        base,
        newNames,
        newDigests,
        newBlobs,
        newTagged,
        recipe);
  }
}
