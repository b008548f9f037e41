package graft.version;

import java.util.Comparator;

/// The order of the versions of one packaging system. Negative: the first is older.
///
/// Versions are the texts of strangers. None is refused: an order that threw would leave a finding
/// out because of one odd character.
public enum Ordering implements Comparator<String> {
  /// Debian's and Ubuntu's. Source: deb-version(7).
  DPKG(DpkgOrder::compare),
  /// Alpine's and Wolfi's. Source: apk-package(5).
  APK(ApkOrder::compare),
  /// `[EPOCH:]VERSION[-RELEASE]`. Source: rpm-version(7).
  RPM(RpmOrder::compare),
  /// npm, crates.io and whatever else has Semantic Versioning. Source: semver.org, 2.0.0.
  SEMVER(SemverOrder::compare),
  /// Modules (`v1.2.3`) and toolchains (`go1.21rc2`). Source: go.dev/ref/mod, go.dev/doc/toolchain.
  GO(GoOrder::compare),
  /// Python's. Source: PEP 440.
  PEP440(PythonOrder::compare),
  /// Source: maven.apache.org/pom.html, version order specification.
  MAVEN(MavenOrder::compare),
  /// Ruby's. Source: Gem::Version.
  GEM(GemOrder::compare);

  private final Comparator<String> order;

  Ordering(Comparator<String> order) {
    this.order = order;
  }

  @Override
  public int compare(String a, String b) {
    return order.compare(a, b);
  }
}
