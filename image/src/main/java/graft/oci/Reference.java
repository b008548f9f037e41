package graft.oci;

import graft.error.GraftException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// What the user typed as the name of an image, made explicit: `busybox` is
/// `docker.io/library/busybox` here, and a missing tag stays missing until [#withDefaultTag].
///
/// Source: the grammar in distribution/reference (`reference.go`), and its familiar names.
public record Reference(
    String registry, String repository, Optional<String> tag, Optional<Digest> digest) {
  public static final String DOCKER_HUB = "docker.io";
  private static final Pattern DOMAIN =
      Pattern.compile(
          "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[a-fA-F0-9:]+])(?::[0-9]+)?");
  private static final Pattern PATH =
      Pattern.compile(
          "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
  private static final Pattern HEX64 = Pattern.compile("[a-f0-9]{64}");

  /// Reads any form: `name`, `name:tag`, `name@digest`, `name:tag@digest`, each with or without a
  /// registry. Throws INVALID in Docker's words.
  public static Reference parse(String text) {
    if (text.isEmpty()) {
      throw bad("");
    }
    if (HEX64.matcher(text).matches()) {
      throw GraftException.invalid(
          "invalid repository name (" + text + "), cannot specify 64-byte hexadecimal strings");
    }
    String rest = text;
    Optional<Digest> digest = Optional.empty();
    int at = rest.indexOf('@');
    if (at >= 0) {
      if (!Digest.isDigest(rest.substring(at + 1))) {
        throw bad("");
      }
      digest = Optional.of(Digest.parse(rest.substring(at + 1)));
      rest = rest.substring(0, at);
    }
    Optional<String> tag = Optional.empty();
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      String t = rest.substring(colon + 1);
      if (!TAG.matcher(t).matches()) {
        throw bad("");
      }
      tag = Optional.of(t);
      rest = rest.substring(0, colon);
    }
    String registry = DOCKER_HUB;
    String path = rest;
    int slash = rest.indexOf('/');
    if (slash >= 0) {
      String first = rest.substring(0, slash);
      if (first.contains(".")
          || first.contains(":")
          || first.equals("localhost")
          || !first.equals(first.toLowerCase(Locale.ROOT))) {
        registry = first;
        path = rest.substring(slash + 1);
      }
    }
    if (registry.equals("index.docker.io")) {
      registry = DOCKER_HUB;
    }
    if (registry.equals(DOCKER_HUB) && !path.contains("/")) {
      path = "library/" + path;
    }
    if (!path.equals(path.toLowerCase(Locale.ROOT))) {
      throw bad(": repository name (" + path + ") must be lowercase");
    }
    if (!DOMAIN.matcher(registry).matches() || !PATH.matcher(path).matches()) {
      throw bad("");
    }
    if (registry.length() + 1 + path.length() > 255) {
      throw GraftException.invalid("repository name must not be more than 255 characters");
    }
    return new Reference(registry, path, tag, digest);
  }

  private static GraftException bad(String more) {
    return GraftException.invalid("invalid reference format" + more);
  }

  /// With the tag `latest` where neither tag nor digest was given.
  public Reference withDefaultTag() {
    return tag.isPresent() || digest.isPresent() ? this : withTag("latest");
  }

  public Reference withTag(String newTag) {
    if (!TAG.matcher(newTag).matches()) {
      throw bad("");
    }
    return new Reference(registry, repository, Optional.of(newTag), Optional.empty());
  }

  public Reference withDigest(Digest newDigest) {
    return new Reference(registry, repository, Optional.empty(), Optional.of(newDigest));
  }

  /// Registry and repository, in full: `docker.io/library/busybox`.
  public String name() {
    return registry + "/" + repository;
  }

  /// Registry and repository as Docker shows them: `busybox`, `127.0.0.1:5000/a/b`.
  public String familiarName() {
    if (!registry.equals(DOCKER_HUB)) {
      return name();
    }
    String official = "library/";
    return repository.startsWith(official) && repository.indexOf('/', official.length()) < 0
        ? repository.substring(official.length())
        : repository;
  }

  /// As Docker shows it, with tag and digest as given.
  public String familiar() {
    return familiarName() + suffix();
  }

  private String suffix() {
    return tag.map(t -> ":" + t).orElse("") + digest.map(d -> "@" + d).orElse("");
  }

  /// In full; [#parse] gives the same value back.
  @Override
  public String toString() {
    return name() + suffix();
  }
}
