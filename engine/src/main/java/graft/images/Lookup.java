package graft.images;

import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Reference;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// From what a user typed to an image: an id, a prefix of one, or a reference in any form.
///
/// Source: engine-api 1.51 as moby v28.5.2 resolves names: a 64-digit string is an id and never a
/// name; a name wins over an id prefix; a digest wins over a tag.
final class Lookup {
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{1,64}");

  private Lookup() {}

  static Optional<ImageRecord> find(Catalog.Picture picture, String text) {
    if (text.startsWith("sha256:")) {
      return byPrefix(picture, text.substring("sha256:".length()), text);
    }
    if (text.length() == 64 && HEX.matcher(text).matches()) {
      return byPrefix(picture, text, text);
    }
    Reference reference;
    try {
      reference = Reference.parse(text).withDefaultTag();
    } catch (GraftException e) {
      Optional<ImageRecord> byId = byPrefix(picture, text, text);
      if (byId.isPresent()) {
        return byId;
      }
      throw e;
    }
    Optional<ImageRecord> named = byName(picture, reference);
    return named.isPresent() ? named : byPrefix(picture, text, text);
  }

  static Optional<ImageRecord> byName(Catalog.Picture picture, Reference reference) {
    Reference key =
        reference.digest().isPresent() ? reference.withDigest(reference.digest().get()) : reference;
    Digest id = picture.byName().get(key);
    if (id == null && reference.digest().isPresent()) {
      return byManifest(picture, reference);
    }
    return id == null ? Optional.empty() : Optional.ofNullable(picture.byId().get(id));
  }

  /// `name@digest` for an image that was never pulled by that digest but has that manifest and a
  /// tag in that repository.
  private static Optional<ImageRecord> byManifest(Catalog.Picture picture, Reference reference) {
    return picture.byId().values().stream()
        .filter(image -> reference.digest().filter(image.manifest().digest()::equals).isPresent())
        .filter(image -> image.names().stream().anyMatch(n -> n.name().equals(reference.name())))
        .findFirst();
  }

  private static Optional<ImageRecord> byPrefix(
      Catalog.Picture picture, String prefix, String text) {
    if (!HEX.matcher(prefix).matches()) {
      return Optional.empty();
    }
    List<ImageRecord> found =
        picture.byId().values().stream()
            .filter(image -> image.id().hex().startsWith(prefix))
            .limit(2)
            .toList();
    if (found.size() > 1) {
      throw GraftException.invalid("multiple IDs found with provided prefix: " + text);
    }
    return found.stream().findFirst().or(() -> byDocument(picture, prefix));
  }

  /// The whole digest of a manifest or index under which a registry knows the image, which is what
  /// a build says that has pushed it.
  private static Optional<ImageRecord> byDocument(Catalog.Picture picture, String hex) {
    if (hex.length() != 64) {
      return Optional.empty();
    }
    Digest wanted = Digest.parse("sha256:" + hex);
    return picture.byId().values().stream()
        .filter(image ->
            image.digests().stream().anyMatch(d -> d.digest().filter(wanted::equals).isPresent()))
        .findFirst();
  }

  /// How Docker names what it did not find: with the default tag, ids as they are.
  static GraftException missing(String text) {
    String shown = text;
    if (!text.startsWith("sha256:") && !(text.length() == 64 && HEX.matcher(text).matches())) {
      try {
        shown = Reference.parse(text).withDefaultTag().familiar();
      } catch (GraftException e) {
        return e;
      }
    }
    return GraftException.notFound("No such image: " + shown);
  }
}
