package graft.rebase;

import graft.elf.ElfFacts;
import graft.elf.ElfFacts.Import;
import graft.elf.Library;
import graft.inventory.Skipped;
import graft.rebase.Packages.Installed;
import graft.version.Ordering;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What vouches for that functions of the same name still do the same, which no check of files
/// sees.
///
/// @param unvouched paths of the new base that the image uses and of which nobody says so; empty
///   with [Level#DISTRO_STABLE]
public record Trust(Level level, List<String> unvouched) {
  /// No test is needed of the first, one is of the second.
  public enum Level {
    /// All that changed under the image's programs are new builds of the same source packages in
    /// the same stable release: the distribution promises that programs go on working.
    DISTRO_STABLE,
    /// Anything else. Whether it works has to be tried.
    UNKNOWN
  }

  public Trust {
    unvouched = List.copyOf(unvouched);
  }

  static final Trust STABLE = new Trust(Level.DISTRO_STABLE, List.of());

  static Trust of(Case c, Linking linking, Interpreters interpreters) {
    Set<String> used = new TreeSet<>(linking.used());
    used.addAll(interpreters.used());
    used.removeIf(p -> c.move().change(p).isEmpty());
    Set<String> unvouched = new TreeSet<>();
    c.own()
        .elves()
        .forEach((path, facts) -> {
          if (facts instanceof ElfFacts.Unreadable) {
            unvouched.add(path);
          }
        });
    // What it needs is not known, if it is a program.
    c.own()
        .layers()
        .forEach(layer -> layer.skipped().stream().map(Skipped::path).forEach(unvouched::add));
    if (!used.isEmpty()) {
      boolean stable =
          !c.move().now().distribution().version().isEmpty()
              && PackageCheck.branch(c.move().old().distribution())
                  .equals(PackageCheck.branch(c.move().now().distribution()));
      for (String path : used) {
        if (!stable || !vouched(c, path)) {
          unvouched.add(path);
        }
      }
    }
    return unvouched.isEmpty() ? STABLE : new Trust(Level.UNKNOWN, List.copyOf(unvouched));
  }

  /// `NAME@VERSION` of all that the image imports.
  private static Set<String> imports(Case c) {
    Set<String> all = new HashSet<>();
    c.own()
        .elves()
        .values()
        .forEach(facts -> {
          if (facts instanceof ElfFacts.Known known) {
            for (Import i : known.imports()) {
              all.add(i.name() + "@" + (i.version().isEmpty() ? "Base" : i.version()));
            }
          }
        });
    return all;
  }

  private static boolean vouched(Case c, String path) {
    Move move = c.move();
    Optional<Sources.Package> now = move.sources().now(path);
    Optional<Sources.Package> old = move.sources().old(path).or(() -> oldOf(move, path));
    return now.isPresent()
        && old.isPresent()
        && now.get().source().equals(old.get().source())
        && !uses(c, move.minimums(old.get().name(), now.get().name()));
  }

  /// A library's file may have another name in each build: then the one counts that had its SONAME.
  private static Optional<Sources.Package> oldOf(Move move, String path) {
    return move.now()
        .library(path)
        .flatMap(l -> l.facts().soname())
        .flatMap(soname -> move.old().named(soname).stream().findFirst())
        .map(Library::path)
        .flatMap(p -> move.sources().old(p));
  }

  private static boolean uses(Case c, Set<String> symbols) {
    // Mostly there are none.
    return !symbols.isEmpty() && imports(c).stream().anyMatch(symbols::contains);
  }

  /// Which source package a path of a base is of.
  static final class Sources {
    record Package(String name, String source) {}

    private final Move move;
    private final Map<String, Package> oldPackages;
    private final Map<String, Package> nowPackages;

    Sources(Move move) {
      this.move = move;
      this.oldPackages = packages(move, move.oldAlone());
      this.nowPackages = packages(move, move.nowAlone());
    }

    Optional<Package> old(String path) {
      return move.old().owner(path).map(oldPackages::get);
    }

    Optional<Package> now(String path) {
      return move.now().owner(path).map(nowPackages::get);
    }

    /// By the name of dpkg's list and by the plain one.
    private static Map<String, Package> packages(Move move, View view) {
      Map<String, Package> all = new HashMap<>();
      Texts texts = move.texts();
      Packages.Reader reader = move.packages();
      texts
          .of(view, Treatments.DPKG_STATUS)
          .ifPresent(t -> reader.dpkg(t).byKey().values().forEach(p -> put(all, p)));
      for (String path : Treatments.APK_INSTALLED) {
        texts
            .of(view, path)
            .ifPresent(t -> reader.apk(t).byKey().values().forEach(p -> put(all, p)));
      }
      return all;
    }

    private static void put(Map<String, Package> all, Installed p) {
      all.put(p.name(), new Package(p.name(), p.source()));
      all.put(p.key(), new Package(p.key(), p.source()));
    }
  }

  /// Symbols of which a package's `.symbols` file names a later version than before: what a program
  /// may expect of them is more since.
  ///
  /// @param old text of the file; empty if there was none, when nothing can be compared
  static Set<String> raised(String old, String now) {
    Map<String, String> before = symbols(old);
    Set<String> all = new HashSet<>();
    symbols(now)
        .forEach((symbol, version) -> {
          String was = before.get(symbol);
          if (was != null && Ordering.DPKG.compare(version, was) > 0) {
            all.add(symbol);
          }
        });
    return all;
  }

  /// Source: deb-symbols(5).
  private static Map<String, String> symbols(String text) {
    Map<String, String> all = new HashMap<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith(" ")) {
        String[] words = line.strip().split("\\s+");
        if (words.length > 1 && words[0].indexOf('@') > 0) {
          all.put(words[0], words[1]);
        }
      }
    }
    return all;
  }
}
