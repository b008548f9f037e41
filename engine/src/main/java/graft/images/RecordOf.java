package graft.images;

import graft.image.Image;
import graft.oci.Digest;
import graft.oci.Reference;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// From parsed documents to the record that lists and look-ups need.
public final class RecordOf {
  static final String BASE_NAME = "org.opencontainers.image.base.name";
  static final String BASE_DIGEST = "org.opencontainers.image.base.digest";

  private RecordOf() {}

  /// @param more annotations that stand elsewhere than in the manifest (an index entry), which
  ///   yield to the manifest's own
  static ImageRecord image(
      Image image,
      long size,
      Optional<Digest> parent,
      List<Reference> digests,
      List<Digest> blobs,
      Instant tagged,
      Map<String, String> more) {
    Map<String, String> annotations = new HashMap<>(more);
    annotations.putAll(image.manifest().annotations());
    return new ImageRecord(
        image.config().id(),
        image.manifest().descriptor(),
        image.config().diffIds(),
        image.config().platform(),
        image.config().created().orElse(Instant.EPOCH),
        size,
        image.config().config().labels(),
        parent,
        base(annotations),
        List.of(),
        digests,
        blobs,
        tagged,
        Optional.empty());
  }

  /// What an image says of the one it was made on.
  ///
  /// @param name it was used under; empty if none
  public static Map<String, String> baseAnnotations(ImageRecord base, String name) {
    // A registry knows the base by the digest it was pulled or pushed under, if it ever was.
    Digest digest =
        base.digests().stream()
            .flatMap(d -> d.digest().stream())
            .findFirst()
            .orElse(base.manifest().digest());
    return baseAnnotations(digest, name);
  }

  /// The same of one that no registry knows.
  public static Map<String, String> baseAnnotations(Image base, String name) {
    return baseAnnotations(base.manifest().raw().digest(), name);
  }

  private static Map<String, String> baseAnnotations(Digest digest, String name) {
    Map<String, String> all = new HashMap<>();
    all.put(BASE_DIGEST, digest.toString());
    if (!name.isEmpty()) {
      all.put(BASE_NAME, name);
    }
    return all;
  }

  /// True of the name of an annotation that says something of the base.
  public static boolean isOfBase(String annotation) {
    return annotation.equals(BASE_NAME) || annotation.equals(BASE_DIGEST);
  }

  /// What the annotations say of the base; a broken digest is none.
  static Optional<ImageRecord.Base> base(Map<String, String> annotations) {
    String name = annotations.getOrDefault(BASE_NAME, "");
    String digest = annotations.getOrDefault(BASE_DIGEST, "");
    if (name.isEmpty() && digest.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ImageRecord.Base(
            name, Digest.isDigest(digest) ? Optional.of(Digest.parse(digest)) : Optional.empty()));
  }
}
