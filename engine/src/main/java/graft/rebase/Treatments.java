package graft.rebase;

import graft.rebase.KeyedMerger.Format;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// Which files are treated how: a table.
final class Treatments {
  static final String DPKG_STATUS = "var/lib/dpkg/status";
  static final String PASSWD = "etc/passwd";
  static final String GROUP = "etc/group";
  static final List<String> APK_INSTALLED =
      List.of("lib/apk/db/installed", "usr/lib/apk/db/installed");

  private static final Map<String, Format> MERGED =
      Map.ofEntries(
          Map.entry(DPKG_STATUS, KeyedMerger.stanzas(Stanza::dpkgKey)),
          Map.entry("var/lib/apt/extended_states", KeyedMerger.stanzas(Stanza::dpkgKey)),
          Map.entry("var/cache/debconf/config.dat", debconf()),
          Map.entry("var/cache/debconf/templates.dat", debconf()),
          Map.entry("var/cache/debconf/passwords.dat", debconf()),
          Map.entry("var/lib/dpkg/diversions", KeyedMerger.diversions()),
          Map.entry("var/lib/dpkg/statoverride", KeyedMerger.lines()),
          Map.entry("var/lib/ucf/hashfile", KeyedMerger.hashes()),
          Map.entry("etc/ca-certificates.conf", KeyedMerger.lines()),
          Map.entry("etc/ssl/certs/ca-certificates.crt", KeyedMerger.certificates()),
          Map.entry(PASSWD, KeyedMerger.accounts(-1)),
          Map.entry("etc/shadow", KeyedMerger.accounts(-1)),
          Map.entry(GROUP, KeyedMerger.accounts(3)),
          Map.entry("etc/gshadow", KeyedMerger.accounts(3)),
          Map.entry("etc/subuid", KeyedMerger.accounts(-1)),
          Map.entry("etc/subgid", KeyedMerger.accounts(-1)),
          Map.entry("etc/shells", KeyedMerger.lines()),
          Map.entry("etc/apk/world", KeyedMerger.lines()),
          Map.entry(APK_INSTALLED.get(0), apk()),
          Map.entry(APK_INSTALLED.get(1), apk()));

  private static final Pattern TRIGGERS = Pattern.compile("var/lib/dpkg/triggers/[^/]+");

  private static final Pattern DROPPED =
      Pattern.compile(
          "var/lib/dpkg/(status|diversions|statoverride)-old"
              + "|var/cache/debconf/[a-z]+\\.dat-old"
              + "|etc/(passwd|group|shadow|gshadow|subuid|subgid)-");

  private static final Pattern KEPT =
      Pattern.compile(
          "(var/log|var/cache|var/tmp|tmp|run|var/lib/apt/lists|var/lib/apt/periodic"
              + "|root/\\.cache|home/[^/]+/\\.cache)(/.*)?"
              + "|etc/(resolv\\.conf|hosts|hostname|mtab|machine-id)"
              + "|var/lib/dpkg/(lock|lock-frontend|available|triggers/Lock)"
              + "|root/\\.[a-z]+_history"
              // Python looks whether its source is another by now.
              + "|.*/__pycache__/[^/]+\\.pyc");

  /// Name of the generator, how the path of its file begins and ends, the file, its inputs.
  private static final List<Generated> GENERATED =
      List.of(
          generated(
              "iconvconfig",
              "usr/lib",
              "gconv-modules.cache",
              "usr/lib(64)?/([^/]+/)?gconv/gconv-modules\\.cache",
              "usr/lib(64)?/([^/]+/)?gconv/.*"),
          generated(
              "gdk-pixbuf-query-loaders",
              "usr/lib",
              "loaders.cache",
              "usr/lib/.*/gdk-pixbuf-2\\.0/.*/loaders\\.cache",
              "usr/lib/.*/gdk-pixbuf-2\\.0/.*/loaders/.*"),
          generated(
              "gio-querymodules",
              "usr/lib",
              "giomodule.cache",
              "usr/lib/.*/gio/modules/giomodule\\.cache",
              "usr/lib/.*/gio/modules/.*"),
          generated(
              "glib-compile-schemas",
              "usr/share/glib-2.0/schemas/",
              "gschemas.compiled",
              ".*",
              "usr/share/glib-2\\.0/schemas/.*"),
          generated(
              "update-mime-database",
              "usr/share/mime/",
              "",
              "usr/share/mime/(?!packages/).*",
              "usr/share/mime/packages/.*"),
          generated(
              "gtk-update-icon-cache",
              "usr/share/icons/",
              "icon-theme.cache",
              "usr/share/icons/[^/]+/icon-theme\\.cache",
              "usr/share/icons/.*"),
          generated(
              "update-desktop-database",
              "usr/share/applications/",
              "mimeinfo.cache",
              ".*",
              "usr/share/applications/.*"),
          generated("install-info", "usr/share/info/dir", "dir", ".*", "usr/share/info/.*"),
          generated(
              "locale-gen",
              "usr/lib/locale/",
              "locale-archive",
              ".*",
              "usr/share/i18n/.*|etc/locale\\.gen"),
          generated(
              "ca-certificates-java",
              "etc/ssl/certs/java/",
              "cacerts",
              ".*",
              "usr/(local/)?share/ca-certificates/.*|etc/ca-certificates\\.conf"),
          // Names of libraries are looked at on their own: see Linking.
          generated(
              "ldconfig",
              "etc/ld.so.",
              "cache",
              "etc/ld\\.so\\.cache",
              "etc/ld\\.so\\.conf(\\.d/.*)?"));

  private static final Pattern RPM =
      Pattern.compile("(var/lib/rpm|usr/lib/sysimage/rpm|usr/share/rpm)/.*");
  private static final Pattern APK_OTHERS =
      Pattern.compile("(usr/)?lib/apk/db/(scripts\\.tar(\\.gz)?|triggers)");

  /// The start and the end are for speed: an image has thousands of paths.
  private record Generated(String start, String end, Pattern path, Treatment.Derived treatment) {
    boolean is(String candidate) {
      return candidate.startsWith(start)
          && candidate.endsWith(end)
          && path.matcher(candidate).matches();
    }
  }

  private Treatments() {}

  private static Generated generated(
      String generator, String start, String end, String path, String inputs) {
    return new Generated(
        start,
        end,
        Pattern.compile(path),
        new Treatment.Derived(generator, Pattern.compile(inputs)));
  }

  private static Format debconf() {
    return KeyedMerger.stanzas(s -> Stanza.field(s, "Name"));
  }

  private static Format apk() {
    return KeyedMerger.stanzas(s -> Stanza.field(s, "P"));
  }

  static Treatment of(String path) {
    Format format = MERGED.get(path);
    if (format != null) {
      return new Treatment.Merge(new KeyedMerger(format));
    }
    if (DROPPED.matcher(path).matches()) {
      return new Treatment.Drop();
    }
    if (KEPT.matcher(path).matches()) {
      return new Treatment.Keep();
    }
    if (TRIGGERS.matcher(path).matches()) {
      return new Treatment.Merge(new KeyedMerger(KeyedMerger.lines()));
    }
    if (RPM.matcher(path).matches()) {
      return new Treatment.Opaque("rpm's database, which is not merged");
    }
    if (APK_OTHERS.matcher(path).matches()) {
      return new Treatment.Opaque("apk's scripts, which are not merged");
    }
    return derived(path).<Treatment>map(d -> d).orElseGet(Treatment.Unknown::new);
  }

  /// What makes a path from others, if something does.
  static Optional<Treatment.Derived> derived(String path) {
    for (Generated g : GENERATED) {
      if (g.is(path)) {
        return Optional.of(g.treatment());
      }
    }
    return Optional.empty();
  }
}
