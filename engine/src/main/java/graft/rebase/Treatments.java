package graft.rebase;

import graft.rebase.KeyedMerger.Format;
import java.util.List;
import java.util.Map;
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
              + "|etc/(passwd|group|shadow|gshadow|subuid|subgid)-"
              + "|usr/share/info/dir\\.old"
              // What rpm's database keeps for whoever has it open.
              + "|(var/lib|usr/lib/sysimage|usr/share)/rpm/(rpmdb\\.sqlite-shm|__db\\.[0-9]+"
              + "|\\.rpm\\.lock|\\.dbenv\\.lock)");

  private static final Pattern KEPT =
      Pattern.compile(
          "(var/log|var/cache|var/tmp|tmp|run|var/lib/apt/lists|var/lib/apt/periodic"
              + "|root/\\.cache|home/[^/]+/\\.cache)(/.*)?"
              + "|etc/(resolv\\.conf|hosts|hostname|mtab|machine-id)"
              + "|var/lib/dbus/machine-id"
              + "|var/lib/dpkg/(lock|lock-frontend|available|triggers/Lock)"
              + "|root/\\.[a-z]+_history"
              // Python looks whether its source is another by now.
              + "|.*/__pycache__/[^/]+\\.pyc");

  private static final Pattern RPM =
      Pattern.compile("(var/lib/rpm|usr/lib/sysimage/rpm|usr/share/rpm)/.*");
  private static final Pattern APK_OTHERS =
      Pattern.compile("(usr/)?lib/apk/db/(scripts\\.tar(\\.gz)?|triggers)");

  private Treatments() {}

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
      return new Treatment.Opaque(
          "rpm's database of packages, which is binary: the image's packages and the base's cannot be"
              + " put together in it");
    }
    if (APK_OTHERS.matcher(path).matches()) {
      return new Treatment.Opaque("apk's scripts, which are not merged");
    }
    return Generator.of(path)
        .<Treatment>map(Treatment.Derived::new)
        .orElseGet(Treatment.Unknown::new);
  }
}
