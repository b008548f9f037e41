package graft.advisory;

import graft.inventory.Distribution;
import graft.inventory.Inventory.Installed;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What advisories are asked about an installed package: those of a distribution's packages speak
/// of sources, and of its release.
///
/// @param ecosystems all that may speak of it; none if nobody is known to
/// @param name that of the source where the advisories are about sources
/// @param purlType and `purlNames`, by which suppressions may name it
record Wanted(
    List<Ecosystem> ecosystems,
    String name,
    String version,
    String purlType,
    Set<String> purlNames) {
  static Wanted of(Installed one, Distribution distribution) {
    return switch (one.manager()) {
      case DPKG -> ofDistribution("deb", one, distribution, one.source(), one.sourceVersion());
      case APK -> ofDistribution("apk", one, distribution, one.source(), one.version());
      // Their advisories are about what was built, not about sources.
      case RPM -> ofDistribution("rpm", one, distribution, one.name(), one.version());
      case NPM -> ofLanguage("npm", "npm", one, one.name());
      case PYPI -> ofLanguage("pypi", "PyPI", one, Ecosystem.pythonName(one.name()));
      case GEM -> ofLanguage("gem", "RubyGems", one, one.name());
      case MAVEN -> ofLanguage("maven", "Maven", one, one.name());
      case GO -> ofLanguage("golang", "Go", one, one.name());
      case CARGO -> ofLanguage("cargo", "crates.io", one, one.name());
    };
  }

  private static Wanted ofDistribution(
      String type, Installed one, Distribution distribution, String name, String version) {
    Set<String> names = Set.copyOf(List.of(one.name(), one.source()));
    return new Wanted(ecosystems(distribution), name, version, type, names);
  }

  private static Wanted ofLanguage(String type, String ecosystem, Installed one, String name) {
    return new Wanted(
        Ecosystem.of(ecosystem).stream().toList(),
        name,
        one.version(),
        type,
        Set.of(type.equals("maven") ? name.replace(':', '/') : name));
  }

  /// Its release, and the distribution as a whole: some records are about all releases.
  static List<Ecosystem> ecosystems(Distribution distribution) {
    String version = distribution.version();
    String major = version.contains(".") ? version.substring(0, version.indexOf('.')) : version;
    String name =
        switch (distribution.id()) {
          // Testing and unstable say no number; of both, advisories know the latter.
          case "debian" -> "Debian:" + (version.isEmpty() ? "sid" : major);
          case "ubuntu" -> "Ubuntu:" + version;
          case "alpine" -> "Alpine:" + alpine(version);
          case "wolfi" -> "Wolfi";
          case "chainguard" -> "Chainguard";
          case "rhel" -> "Red Hat:enterprise_linux:" + major;
          case "rocky" -> "Rocky Linux:" + major;
          case "almalinux" -> "AlmaLinux:" + major;
          case "sles", "sles_sap" -> "SUSE:" + version;
          case "opensuse-leap" -> "openSUSE:" + version;
          case "opensuse-tumbleweed" -> "openSUSE:Tumbleweed";
          case "photon" -> "Photon OS:" + version;
          case "azurelinux" -> "Azure Linux:" + major;
          case "mageia" -> "Mageia:" + version;
          default -> "";
        };
    Optional<Ecosystem> release = Ecosystem.of(name);
    Optional<Ecosystem> family =
        Ecosystem.of(name.contains(":") ? name.substring(0, name.indexOf(':')) : "");
    return List.of(release, family).stream().flatMap(Optional::stream).distinct().toList();
  }

  /// `3.19.1` is `v3.19`; what is between two releases (`3.22.0_alpha20250108`) is `edge`.
  private static String alpine(String version) {
    if (version.contains("_alpha")) {
      return "edge";
    }
    String[] parts = version.split("\\.", -1);
    return parts.length < 2 ? version : "v" + parts[0] + "." + parts[1];
  }
}
