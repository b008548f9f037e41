package graft.oci;

import graft.error.GraftException;
import java.util.Locale;
import java.util.Optional;

/// Where an image runs: operating system, architecture and, for some architectures, a variant
/// (empty if none), in Go's names.
///
/// Source: OCI image-spec v1.1, image-index.md; normalisation as containerd's `platforms` package
/// does it (x86_64 → amd64, aarch64 → arm64 with variant v8 dropped, armhf → arm/v7).
public record Platform(String os, String architecture, String variant) {
  public Platform {
    os = os.toLowerCase(Locale.ROOT);
    architecture = architecture.toLowerCase(Locale.ROOT);
    variant = variant.toLowerCase(Locale.ROOT);
    switch (architecture) {
      case "x86_64", "x86-64" -> architecture = "amd64";
      case "aarch64" -> architecture = "arm64";
      case "i386", "i686" -> architecture = "386";
      case "armhf" -> {
        architecture = "arm";
        variant = variant.isEmpty() ? "v7" : variant;
      }
      case "armel" -> {
        architecture = "arm";
        variant = variant.isEmpty() ? "v6" : variant;
      }
      default -> {}
    }
    if (architecture.equals("arm64") && (variant.equals("v8") || variant.equals("8"))) {
      variant = "";
    }
    if (architecture.equals("amd64") && variant.equals("v1")) {
      variant = "";
    }
  }

  public Platform(String os, String architecture) {
    this(os, architecture, "");
  }

  /// `os`, `arch`, `os/arch` or `os/arch/variant`, as `--platform` takes it.
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    for (String part : parts) {
      if (!part.matches("[A-Za-z0-9_.-]+")) {
        throw bad(text);
      }
    }
    return switch (parts.length) {
      case 1 ->
          switch (parts[0].toLowerCase(Locale.ROOT)) {
            case "linux", "windows", "darwin", "freebsd" ->
                new Platform(parts[0], host().architecture());
            default -> new Platform(host().os(), parts[0]);
          };
      case 2 -> new Platform(parts[0], parts[1]);
      case 3 -> new Platform(parts[0], parts[1], parts[2]);
      default -> throw bad(text);
    };
  }

  private static GraftException bad(String text) {
    return GraftException.invalid(
        "\"" + text + "\": cannot parse platform specifier: invalid argument");
  }

  /// The platform of this machine.
  public static Platform host() {
    return new Platform("linux", System.getProperty("os.arch", "amd64"));
  }

  /// True where an image of this platform serves a wish for `wanted`: equal, and a wish without a
  /// variant takes any.
  public boolean serves(Platform wanted) {
    return os.equals(wanted.os)
        && architecture.equals(wanted.architecture)
        && (wanted.variant.isEmpty() || variant.isEmpty() || variant.equals(wanted.variant));
  }

  public Optional<String> variantIfAny() {
    return variant.isEmpty() ? Optional.empty() : Optional.of(variant);
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
