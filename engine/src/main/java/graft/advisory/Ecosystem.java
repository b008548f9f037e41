package graft.advisory;

import graft.version.Ordering;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whose packages an advisory is about, and how their versions are ordered.
///
/// @param name that of the OSV schema, with a distribution's release in one way of writing:
///   `Debian:12`, `Alpine:v3.19`, `Ubuntu:22.04`, `Red Hat:9`, `npm`
record Ecosystem(String name, Ordering ordering) {
  /// Those whose packages an inventory can name. An advisory of another one is of no use here.
  private static final Map<String, Ordering> FAMILIES =
      Map.ofEntries(
          Map.entry("Debian", Ordering.DPKG),
          Map.entry("Ubuntu", Ordering.DPKG),
          Map.entry("Alpine", Ordering.APK),
          Map.entry("Wolfi", Ordering.APK),
          Map.entry("Chainguard", Ordering.APK),
          Map.entry("Red Hat", Ordering.RPM),
          Map.entry("Rocky Linux", Ordering.RPM),
          Map.entry("AlmaLinux", Ordering.RPM),
          Map.entry("SUSE", Ordering.RPM),
          Map.entry("openSUSE", Ordering.RPM),
          Map.entry("Photon OS", Ordering.RPM),
          Map.entry("Azure Linux", Ordering.RPM),
          Map.entry("Mageia", Ordering.RPM),
          Map.entry("npm", Ordering.SEMVER),
          Map.entry("crates.io", Ordering.SEMVER),
          Map.entry("PyPI", Ordering.PEP440),
          Map.entry("Maven", Ordering.MAVEN),
          Map.entry("Go", Ordering.GO),
          Map.entry("RubyGems", Ordering.GEM));

  private static final Pattern RED_HAT = Pattern.compile("enterprise_linux:(\\d+)(?:[.:].*)?");
  private static final Pattern SUSE = Pattern.compile(".*?(\\d+)(?:\\.(\\d+)| SP(\\d+))?$");

  /// Empty if no packages of this one are looked for.
  static Optional<Ecosystem> of(String name) {
    int colon = name.indexOf(':');
    String family = colon < 0 ? name : name.substring(0, colon);
    Ordering ordering = FAMILIES.get(family);
    if (ordering == null || name.length() > 200) {
      return Optional.empty();
    }
    if (colon < 0) {
      return Optional.of(new Ecosystem(name, ordering));
    }
    return release(family, name.substring(colon + 1))
        .map(release ->
            new Ecosystem(release.isEmpty() ? family : family + ":" + release, ordering));
  }

  /// Its release as [Wanted] asks for it; empty for one that is none of an image's.
  private static Optional<String> release(String family, String said) {
    return switch (family) {
      // What follows is a repository, which no installed package tells.
      case "Maven" -> Optional.of("");
      // "22.04:LTS". Updates of "Pro" are had by subscription; what they fix is open for others.
      case "Ubuntu" ->
          said.startsWith("Pro:") || said.startsWith("FIPS")
              ? Optional.empty()
              : Optional.of(said.endsWith(":LTS") ? said.substring(0, said.length() - 4) : said);
      // "enterprise_linux:9::baseos"; extended and other products have other packages.
      case "Red Hat" -> {
        Matcher matcher = RED_HAT.matcher(said);
        yield matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
      }
      // "Linux Enterprise Module for Basesystem 15 SP5", "Leap 15.5".
      case "SUSE", "openSUSE" -> {
        Matcher matcher = SUSE.matcher(said);
        if (!matcher.matches()) {
          yield Optional.of(said);
        }
        String minor = matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
        yield Optional.of(matcher.group(1) + (minor == null ? "" : "." + minor));
      }
      default -> Optional.of(said);
    };
  }

  /// Names of packages as they are compared: PyPI's are the same in many ways of writing.
  ///
  /// Source: packaging.python.org, "Package name normalization".
  String packageName(String written) {
    return name.equals("PyPI") ? pythonName(written) : written;
  }

  static String pythonName(String written) {
    StringBuilder name = new StringBuilder(written.length());
    for (int i = 0; i < written.length(); i++) {
      char c = written.charAt(i);
      if (c != '-' && c != '_' && c != '.') {
        name.append(Character.toLowerCase(c));
      } else if (i == 0 || name.charAt(name.length() - 1) != '-') {
        name.append('-');
      }
    }
    return name.toString();
  }
}
