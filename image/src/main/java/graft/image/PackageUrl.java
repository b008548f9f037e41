package graft.image;

import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Names of images as attestations have them: `pkg:docker/name@tag?platform=linux%2Famd64`.
///
/// Source: package-url/purl-spec, type `docker`; BuildKit, util/purl.
public final class PackageUrl {
  private PackageUrl() {}

  public static String of(Reference name, Platform platform) {
    Reference tagged = name.withDefaultTag();
    StringBuilder url = new StringBuilder("pkg:docker");
    for (String part : tagged.familiarName().split("/")) {
      url.append('/').append(escaped(part));
    }
    tagged.tag().ifPresent(tag -> url.append('@').append(escaped(tag)));
    Optional<Digest> digest = name.digest();
    digest.ifPresent(d -> url.append("?digest=").append(d));
    url.append(digest.isPresent() ? '&' : '?').append("platform=");
    return url.append(escaped(platform.toString())).toString();
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
