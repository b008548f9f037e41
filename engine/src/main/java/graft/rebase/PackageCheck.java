package graft.rebase;

import graft.facts.Entry;
import graft.inventory.Distribution;
import graft.inventory.Evidence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// C4: the packages of both get along.
final class PackageCheck {
  private PackageCheck() {}

  static List<Reason> reasons(Case c, Patch patch) {
    List<Reason> all = new ArrayList<>(release(c));
    Packages.Reader reader = c.move().packages();
    check(c, patch, Treatments.DPKG_STATUS, reader::dpkg, all);
    Treatments.APK_INSTALLED.forEach(path -> check(c, patch, path, reader::apk, all));
    sharedFiles(c, all);
    return all;
  }

  private static List<Reason> release(Case c) {
    Distribution old = c.move().old().distribution();
    Distribution now = c.move().now().distribution();
    if (old.equals(now) || branch(old).equals(branch(now))) {
      return List.of();
    }
    return List.of(new Reason.Release(show(old), show(now)));
  }

  /// What stays compatible: Alpine's 3.19.1 and 3.19.4.
  static String branch(Distribution d) {
    boolean points = d.id().equals("alpine");
    String version = points ? d.version().replaceFirst("^(\\d+\\.\\d+)\\..*", "$1") : d.version();
    return d.id() + " " + version;
  }

  private static String show(Distribution d) {
    return d.id().isEmpty() ? "of no known distribution" : (d.id() + " " + d.version()).strip();
  }

  private static void check(
      Case c, Patch patch, String path, Function<String, Packages> read, List<Reason> all) {
    if (!(c.own().find(path).orElse(null) instanceof Entry.File)
        || c.move().change(path).isEmpty()) {
      return;
    }
    Map<String, Set<String>> unsatisfied =
        read.apply(c.result(patch, path).orElse("")).unsatisfied();
    if (unsatisfied.isEmpty()) {
      return;
    }
    Texts texts = c.move().texts();
    Map<String, Set<String>> before =
        read.apply(texts.of(c.before(), path).orElse("")).unsatisfied();
    Map<String, Set<String>> now =
        read.apply(texts.of(c.move().nowAlone(), path).orElse("")).unsatisfied();
    unsatisfied.forEach((key, wishes) -> {
      Set<String> fresh = new HashSet<>(wishes);
      fresh.removeAll(before.getOrDefault(key, Set.of()));
      fresh.removeAll(now.getOrDefault(key, Set.of()));
      for (String wish : fresh.stream().sorted().toList()) {
        all.add(new Reason.Unsatisfied(firstWith(c, path, key), key, wish));
      }
    });
  }

  /// The first of the image's layers in whose database a package is other than in the old base.
  static int firstWith(Case c, String path, String key) {
    String name = key.replaceFirst(":.*", "");
    Set<String> before = versions(c.move().old().root().evidence(path), name);
    for (int i = 0; i < c.own().layers().size(); i++) {
      Optional<Evidence> evidence =
          Optional.ofNullable(c.own().layers().get(i).evidence().get(path));
      if (evidence.isPresent() && !versions(evidence, name).equals(before)) {
        return i;
      }
    }
    return c.own().layerOf(path);
  }

  private static Set<String> versions(Optional<Evidence> evidence, String name) {
    Set<String> all = new HashSet<>();
    if (evidence.orElse(null) instanceof Evidence.Database database) {
      for (Evidence.Listed p : database.packages()) {
        if (p.installed().name().equals(name)) {
          all.add(p.installed().version());
        }
      }
    }
    return all;
  }

  /// Files that both have brought in, with the same bytes, so that nothing else stumbles over them.
  private static void sharedFiles(Case c, List<Reason> all) {
    Optional<Map<String, String>> owners = Optional.empty();
    for (Map.Entry<String, Own.Placed> e : c.own().entries().entrySet()) {
      String path = e.getKey();
      if (!(e.getValue().entry() instanceof Entry.File)
          || c.move().change(path).filter(x -> x.old().isEmpty()).isEmpty()
          || path.startsWith("var/lib/dpkg/")) {
        continue;
      }
      Optional<String> theirs = c.move().now().owner(path);
      if (theirs.isEmpty()) {
        continue;
      }
      if (owners.isEmpty()) {
        owners = Optional.of(owners(c.own()));
      }
      String mine = owners.get().get(path);
      if (mine != null && !theirs.get().equals(mine)) {
        all.add(new Reason.SharedFile(e.getValue().layer(), path, mine, theirs.get()));
      }
    }
  }

  private static Map<String, String> owners(Own own) {
    Map<String, String> all = new HashMap<>();
    own.layers().forEach(layer -> Base.owners(layer.evidence(), all));
    return all;
  }
}
