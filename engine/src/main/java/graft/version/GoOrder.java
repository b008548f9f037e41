package graft.version;

/// Semantic Versioning, and before it the toolchain's own way of writing: `go1.21rc2` is
/// `1.21-rc.2`.
final class GoOrder {
  private GoOrder() {}

  static int compare(String a, String b) {
    return SemverOrder.compare(canonical(a.strip()), canonical(b.strip()));
  }

  private static String canonical(String version) {
    if (!version.startsWith("go")) {
      return version;
    }
    // "go1.22.1 X:nocoverageredesign" was built with experiments, which are no part of the version.
    int space = version.indexOf(' ');
    String plain = version.substring(2, space < 0 ? version.length() : space);
    for (String before : new String[] {"rc", "beta"}) {
      int at = plain.indexOf(before);
      if (at > 0 && Digits.is(plain.charAt(at - 1))) {
        return plain.substring(0, at) + "-" + before + "." + plain.substring(at + before.length());
      }
    }
    return plain;
  }
}
