package graft.advisory;

import graft.inventory.Distribution;
import java.util.List;
import java.util.Map;

/// How documents name distributions. What is not understood is another one: a suppression that is
/// applied where it was not meant hides something.
final class Platforms {
  /// Vendor and product of a CPE, by the id of `os-release`.
  private static final Map<String, String> CPE =
      Map.ofEntries(
          Map.entry("redhat:enterprise_linux", "rhel"),
          Map.entry("debian:debian_linux", "debian"),
          Map.entry("canonical:ubuntu_linux", "ubuntu"),
          Map.entry("alpinelinux:alpine_linux", "alpine"),
          Map.entry("suse:sles", "sles"),
          Map.entry("suse:linux_enterprise_server", "sles"),
          Map.entry("opensuse:leap", "opensuse-leap"),
          Map.entry("rocky:rocky", "rocky"),
          Map.entry("almalinux:almalinux", "almalinux"));

  private static final Map<String, List<String>> CODENAMES =
      Map.of(
          "debian 11", List.of("bullseye"),
          "debian 12", List.of("bookworm"),
          "debian 13", List.of("trixie"),
          "debian 14", List.of("forky"),
          "ubuntu 20.04", List.of("focal"),
          "ubuntu 22.04", List.of("jammy"),
          "ubuntu 24.04", List.of("noble"));

  private Platforms() {}

  /// `cpe:/o:redhat:enterprise_linux:9::baseos`, `cpe:2.3:o:debian:debian_linux:12.0:*:…`.
  static boolean matches(String cpe, Distribution distribution) {
    String plain =
        cpe.startsWith("cpe:2.3:")
            ? cpe.substring(8)
            : cpe.startsWith("cpe:/") ? cpe.substring(5) : "";
    String[] parts = plain.split(":", -1);
    if (parts.length < 4
        || !distribution.id().equals(CPE.getOrDefault(parts[1] + ":" + parts[2], ""))) {
      return false;
    }
    return isWithin(distribution.version(), parts[3].replaceFirst("\\.0$", ""));
  }

  /// 9.4 is within 9.
  private static boolean isWithin(String version, String said) {
    return !said.isEmpty() && (version.equals(said) || version.startsWith(said + "."));
  }

  /// The namespace of a package URL.
  static boolean isVendor(String namespace, Distribution distribution) {
    return namespace.isEmpty()
        || namespace.equals(distribution.id())
        || namespace.equals("redhat") && distribution.id().equals("rhel")
        || namespace.equals("suse") && distribution.id().startsWith("sles")
        || namespace.equals("opensuse") && distribution.id().startsWith("opensuse");
  }

  /// The `distro` of a package URL: `debian-12`, `12`, `bookworm`.
  static boolean isRelease(String said, Distribution distribution) {
    String name = distribution.id() + "-" + distribution.version();
    return said.isEmpty()
        || said.equals(name)
        || name.startsWith(said + ".")
        || said.equals(distribution.version())
        || CODENAMES
            .getOrDefault(distribution.id() + " " + distribution.version(), List.of())
            .contains(said);
  }
}
