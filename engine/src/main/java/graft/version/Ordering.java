package graft.version;

import java.util.Comparator;

/// The order of the versions of one packaging system. Negative: the first is older.
///
/// Versions are the texts of strangers. None is refused: an order that threw would leave a finding
/// out because of one odd character.
public enum Ordering implements Comparator<String> {
  /// Debian's and Ubuntu's. Source: deb-version(7).
  DPKG,
  /// Alpine's and Wolfi's. Source: apk-package(5).
  APK,
  /// `[EPOCH:]VERSION[-RELEASE]`. Source: rpm-version(7).
  RPM,
  /// npm, crates.io and whatever else has Semantic Versioning. Source: semver.org, 2.0.0.
  SEMVER,
  /// Modules (`v1.2.3`) and toolchains (`go1.21rc2`). Source: go.dev/ref/mod, go.dev/doc/toolchain.
  GO,
  /// Python's. Source: PEP 440.
  PEP440,
  /// Source: maven.apache.org/pom.html, version order specification.
  MAVEN,
  /// Ruby's. Source: Gem::Version.
  GEM;

  @Override
  public int compare(String a, String b) {
    return switch (this) {
      case DPKG -> DpkgOrder.compare(a, b);
      case APK -> ApkOrder.compare(a, b);
      case RPM -> RpmOrder.compare(a, b);
      case SEMVER -> SemverOrder.compare(a, b);
      case GO -> GoOrder.compare(a, b);
      case PEP440 -> PythonOrder.compare(a, b);
      case MAVEN -> MavenOrder.compare(a, b);
      case GEM -> GemOrder.compare(a, b);
    };
  }
}
