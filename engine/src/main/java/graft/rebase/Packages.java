package graft.rebase;

import graft.inventory.PackageFiles;
import graft.version.Ordering;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The packages of one database, and whether they get along. There is nothing to be solved: the
/// versions are as they are.
///
/// Source: deb-control(5), Debian Policy 7; apk-package(5).
final class Packages {
  /// @param key `libssl3:amd64`; of apk the name
  /// @param foreign fulfils the wishes of packages of other architectures
  record Installed(
      String key,
      String name,
      String architecture,
      String version,
      String source,
      boolean foreign,
      List<Depends> depends,
      List<Wish> refuses,
      List<Wish> provides) {}

  /// One of several has to be there.
  record Depends(String text, List<Wish> oneOf) {}

  /// @param operator empty for any version
  record Wish(String text, String name, String operator, String version) {}

  private static final Pattern DPKG =
      Pattern.compile("([^\\s:(]+)(?::[a-z0-9-]+)?\\s*(?:\\(\\s*([<>=]+)\\s*([^\\s)]+)\\s*\\))?.*");
  private static final Pattern APK = Pattern.compile("([^<>=~]+)(?:([<>=~]+)(.*))?");

  private final Ordering order;
  private final Map<String, Installed> byKey = new LinkedHashMap<>();
  private final Map<String, List<Installed>> byName = new HashMap<>();

  /// By what is provided, and how.
  private final Map<String, List<Provision>> provided = new HashMap<>();

  private record Provision(Installed by, Wish what) {}

  private Packages(Ordering order) {
    this.order = order;
  }

  /// Reads databases, and each record once: those of the images on a base are mostly the same.
  static final class Reader {
    private final Map<String, Optional<Installed>> debian = new ConcurrentHashMap<>();
    private final Map<String, Optional<Installed>> alpine = new ConcurrentHashMap<>();

    Packages dpkg(String status) {
      return read(Ordering.DPKG, status, debian, Packages::debian);
    }

    Packages apk(String installed) {
      return read(Ordering.APK, installed, alpine, s -> Optional.of(alpine(s)));
    }

    private static Packages read(
        Ordering order,
        String text,
        Map<String, Optional<Installed>> known,
        Function<String, Optional<Installed>> read) {
      Packages all = new Packages(order);
      for (String s : Stanza.split(text)) {
        known.computeIfAbsent(s, read).ifPresent(all::add);
      }
      return all;
    }
  }

  private void add(Installed p) {
    byKey.put(p.key(), p);
    byName.computeIfAbsent(p.name(), n -> new ArrayList<>()).add(p);
    for (Wish w : p.provides()) {
      provided.computeIfAbsent(w.name(), n -> new ArrayList<>()).add(new Provision(p, w));
    }
  }

  private static Optional<Installed> debian(String s) {
    if (!PackageFiles.isInstalled(Stanza.field(s, "Status").orElse(""))) {
      return Optional.empty();
    }
    String name = Stanza.field(s, "Package").orElse("");
    String source = Stanza.field(s, "Source").orElse(name);
    List<Depends> depends = new ArrayList<>();
    List<Wish> refuses = new ArrayList<>();
    for (String field : List.of("Pre-Depends", "Depends")) {
      for (String part : list(Stanza.field(s, field).orElse(""))) {
        List<Wish> oneOf = new ArrayList<>();
        for (String one : part.split("\\|")) {
          debianWish(field + ": " + part, one).ifPresent(oneOf::add);
        }
        depends.add(new Depends(field + ": " + part, oneOf));
      }
    }
    for (String field : List.of("Conflicts", "Breaks")) {
      for (String part : list(Stanza.field(s, field).orElse(""))) {
        debianWish(field + ": " + part, part).ifPresent(refuses::add);
      }
    }
    List<Wish> provides = new ArrayList<>();
    for (String part : list(Stanza.field(s, "Provides").orElse(""))) {
      debianWish(part, part).ifPresent(provides::add);
    }
    return Optional.of(
        new Installed(
            Stanza.dpkgKey(s).orElse(""),
            name,
            Stanza.field(s, "Architecture").orElse(""),
            Stanza.field(s, "Version").orElse(""),
            source.replaceFirst("\\s.*", ""),
            !Stanza.field(s, "Multi-Arch").orElse("no").equals("no")
                && !Stanza.field(s, "Multi-Arch").orElse("").equals("same"),
            depends,
            refuses,
            provides));
  }

  private static List<String> list(String field) {
    List<String> all = new ArrayList<>();
    for (String part : field.split(",")) {
      if (!part.isBlank()) {
        all.add(part.strip());
      }
    }
    return all;
  }

  private static Optional<Wish> debianWish(String text, String one) {
    Matcher m = DPKG.matcher(one.strip());
    return m.matches()
        ? Optional.of(
            new Wish(
                text,
                m.group(1),
                m.group(2) == null ? "" : m.group(2),
                m.group(3) == null ? "" : m.group(3)))
        : Optional.empty();
  }

  private static Installed alpine(String s) {
    String name = Stanza.field(s, "P").orElse("");
    List<Depends> depends = new ArrayList<>();
    List<Wish> refuses = new ArrayList<>();
    for (String one : Stanza.field(s, "D").orElse("").split("\\s+")) {
      if (one.startsWith("!")) {
        alpineWish(one.substring(1)).ifPresent(refuses::add);
      } else {
        alpineWish(one).ifPresent(w -> depends.add(new Depends(one, List.of(w))));
      }
    }
    List<Wish> provides = new ArrayList<>();
    for (String one : Stanza.field(s, "p").orElse("").split("\\s+")) {
      alpineWish(one).ifPresent(provides::add);
    }
    return new Installed(
        name,
        name,
        Stanza.field(s, "A").orElse(""),
        Stanza.field(s, "V").orElse(""),
        Stanza.field(s, "o").orElse(name),
        true,
        depends,
        refuses,
        provides);
  }

  private static Optional<Wish> alpineWish(String one) {
    Matcher m = APK.matcher(one);
    return m.matches()
        ? Optional.of(
            new Wish(
                one,
                m.group(1).replaceFirst("@.*", ""),
                m.group(2) == null ? "" : m.group(2),
                m.group(3) == null ? "" : m.group(3)))
        : Optional.empty();
  }

  Map<String, Installed> byKey() {
    return byKey;
  }

  /// What is not fulfilled: the wishes, by the key of the package.
  Map<String, Set<String>> unsatisfied() {
    Map<String, Set<String>> all = new LinkedHashMap<>();
    for (Installed p : byKey.values()) {
      for (Depends d : p.depends()) {
        if (d.oneOf().stream().noneMatch(w -> isThere(p, w))) {
          all.computeIfAbsent(p.key(), k -> new LinkedHashSet<>()).add(d.text());
        }
      }
      for (Wish w : p.refuses()) {
        if (isAgainst(p, w)) {
          all.computeIfAbsent(p.key(), k -> new LinkedHashSet<>()).add(w.text());
        }
      }
    }
    return all;
  }

  private boolean isThere(Installed by, Wish wish) {
    for (Installed p : byName.getOrDefault(wish.name(), List.of())) {
      if (sameArchitecture(by, p) && fits(wish, p.version())) {
        return true;
      }
    }
    for (Provision p : provided.getOrDefault(wish.name(), List.of())) {
      if (wish.operator().isEmpty()
          || !p.what().version().isEmpty() && fits(wish, p.what().version())) {
        return true;
      }
    }
    return false;
  }

  private static boolean sameArchitecture(Installed by, Installed other) {
    return other.foreign()
        || by.architecture().equals(other.architecture())
        || by.architecture().equals("all")
        || other.architecture().equals("all");
  }

  /// A package is never against itself: so it can provide what it conflicts with.
  private boolean isAgainst(Installed by, Wish wish) {
    for (Installed p : byName.getOrDefault(wish.name(), List.of())) {
      if (!p.name().equals(by.name()) && fits(wish, p.version())) {
        return true;
      }
    }
    for (Provision p : provided.getOrDefault(wish.name(), List.of())) {
      if (!p.by().name().equals(by.name())
          && (wish.operator().isEmpty()
              || !p.what().version().isEmpty() && fits(wish, p.what().version()))) {
        return true;
      }
    }
    return false;
  }

  private boolean fits(Wish wish, String version) {
    int c = wish.operator().isEmpty() ? 0 : order.compare(version, wish.version());
    return switch (wish.operator()) {
      // A checksum, which says which build it was.
      case "", "><" -> true;
      case "=", "==" -> c == 0;
      // dpkg reads the single ones as if they were equal, too.
      case ">=" -> c >= 0;
      case "<=" -> c <= 0;
      case ">" -> order == Ordering.DPKG ? c >= 0 : c > 0;
      case "<" -> order == Ordering.DPKG ? c <= 0 : c < 0;
      case ">>" -> c > 0;
      case "<<" -> c < 0;
      case "~", "=~", "~=" -> version.startsWith(wish.version());
      default -> false;
    };
  }
}
