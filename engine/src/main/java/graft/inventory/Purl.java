package graft.inventory;

import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The name of a package that is the same everywhere: `pkg:deb/debian/libssl3@3.0.17-1?arch=amd64`.
///
/// Source: package-url/purl-spec, PURL-SPECIFICATION.rst and PURL-TYPES.rst.
public final class Purl {
  private Purl() {}

  public static String of(Installed one, Distribution distribution) {
    String name =
        switch (one.manager()) {
          case DPKG -> "deb/" + vendor(distribution, "debian") + "/" + escaped(one.name());
          case APK -> "apk/" + vendor(distribution, "alpine") + "/" + escaped(one.name());
          case RPM -> "rpm/" + vendor(distribution, "redhat") + "/" + escaped(one.name());
          case NPM -> "npm/" + segments(one.name());
          case PYPI ->
              "pypi/" + escaped(one.name().toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-"));
          case GEM -> "gem/" + escaped(one.name());
          case MAVEN -> "maven/" + segments(one.name().replace(':', '/'));
          case GO -> "golang/" + segments(one.name().toLowerCase(Locale.ROOT));
          case CARGO -> "cargo/" + escaped(one.name());
        };
    String version = version(one);
    String qualifiers =
        qualifiers(one, distribution).entrySet().stream()
            .map(q -> q.getKey() + "=" + escaped(q.getValue()))
            .collect(Collectors.joining("&"));
    return "pkg:"
        + name
        + (version.isEmpty() ? "" : "@" + escaped(version))
        + (qualifiers.isEmpty() ? "" : "?" + qualifiers);
  }

  private static String vendor(Distribution distribution, String otherwise) {
    return escaped(distribution.id().isEmpty() ? otherwise : distribution.id());
  }

  private static String segments(String path) {
    return path.lines()
        .flatMap(line -> Arrays.stream(line.split("/", -1)))
        .filter(s -> !s.isEmpty())
        .map(Purl::escaped)
        .collect(Collectors.joining("/"));
  }

  /// The epoch of rpm is a qualifier.
  private static String version(Installed one) {
    return one.manager() == Manager.RPM
        ? one.version().substring(one.version().indexOf(':') + 1)
        : one.version();
  }

  private static SortedMap<String, String> qualifiers(Installed one, Distribution distribution) {
    SortedMap<String, String> all = new TreeMap<>();
    if (!one.manager().ofSystem()) {
      return all;
    }
    if (!one.architecture().isEmpty()) {
      all.put("arch", one.architecture());
    }
    if (!distribution.id().isEmpty() && !distribution.version().isEmpty()) {
      all.put("distro", distribution.id() + "-" + distribution.version());
    }
    int epoch = one.version().indexOf(':');
    if (one.manager() == Manager.RPM && epoch > 0) {
      all.put("epoch", one.version().substring(0, epoch));
    }
    if (!one.module().isEmpty()) {
      all.put("rpmmod", one.module());
    }
    boolean sameVersion = one.sourceVersion().equals(one.version());
    if (!one.source().equals(one.name()) || !sameVersion) {
      all.put("upstream", sameVersion ? one.source() : one.source() + "@" + one.sourceVersion());
    }
    return all;
  }

  private static String escaped(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%3A", ":")
        .replace("%7E", "~");
  }
}
