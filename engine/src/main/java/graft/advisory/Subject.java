package graft.advisory;

import java.util.Optional;
import java.util.Set;

/// The image whose packages are asked about, as documents may name it.
///
/// @param names familiar references, as `shop/cart:1.4`
/// @param digests of its manifest, its config and the index it came in
public record Subject(Set<String> names, Set<String> digests) {
  public static final Subject NONE = new Subject(Set.of(), Set.of());

  public Subject {
    names = Set.copyOf(names);
    digests = Set.copyOf(digests);
  }

  /// Whether an id of a product means this image: a reference, a digest, or `pkg:oci/…`.
  boolean isNamed(String id) {
    if (names.contains(id) || digests.contains(id)) {
      return true;
    }
    Optional<ParsedPurl> purl = ParsedPurl.parse(id).filter(p -> p.type().equals("oci"));
    if (purl.isEmpty()) {
      return false;
    }
    if (!purl.get().version().isEmpty()) {
      return digests.contains(purl.get().version());
    }
    String repository = purl.get().qualifier("repository_url");
    String tag = purl.get().qualifier("tag");
    return names.stream().anyMatch(name -> isReference(name, purl.get().name(), repository, tag));
  }

  private static boolean isReference(String name, String last, String repository, String tag) {
    int colon = name.indexOf(':', name.lastIndexOf('/') + 1);
    String path = colon < 0 ? name : name.substring(0, colon);
    String itsTag = colon < 0 ? "latest" : name.substring(colon + 1);
    return (tag.isEmpty() || tag.equals(itsTag))
        && (repository.isEmpty()
            ? path.substring(path.lastIndexOf('/') + 1).equals(last)
            : canonical(repository).equals(canonical(path)));
  }

  /// Docker Hub's repositories have short names.
  private static String canonical(String repository) {
    return repository.replaceFirst("^(?:index\\.)?docker\\.io/(?:library/)?", "");
  }
}
