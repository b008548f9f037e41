package graft.facts;

import graft.inventory.Distribution;
import graft.inventory.Evidence;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Missing;
import graft.inventory.PackageFiles;
import graft.inventory.Skipped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Which packages a stack of layers has: what its union shows says so. So a database counts as the
/// uppermost layer that has it wrote it, and not at all once something hides it; packages of
/// languages are there as long as their files are.
public final class Inventories {
  private static final int MOST_SHOWN = 100;

  /// Files without which a program does as well. Images leave them out to be small, and nobody has
  /// taken a package away thereby.
  private static final Pattern READ_BY_PEOPLE =
      Pattern.compile(
          "usr/share/(doc|doc-base|man|info|help|locale|lintian|bug|licenses|common-licenses|"
              + "gtk-doc|zoneinfo|i18n)/.*|usr/lib/locale/.*|var/(cache|log)/.*|.*\\.pyc");

  private Inventories() {}

  /// Of the layers up to and with layer `k`.
  ///
  /// @param layers bottom first
  /// @param k of the uppermost that counts, from 0
  public static Inventory after(List<LayerFacts> layers, int k) {
    return of(Root.of(layers.subList(0, k + 1)));
  }

  /// Of all layers of a root.
  public static Inventory of(Root root) {
    return new Look(root).inventory(true);
  }

  /// After each layer, bottom first: the packages, without what is missing of them.
  ///
  /// @param layers bottom first
  public static List<Inventory> afterEach(List<LayerFacts> layers) {
    return afterEach(layers, 0);
  }

  /// The same of the layers from an index on.
  public static List<Inventory> afterEach(List<LayerFacts> layers, int from) {
    return Root.afterEach(layers, from, root -> new Look(root).inventory(false));
  }

  /// After the last layer: the packages, without what is missing of them. Of many stacks, each
  /// asked once, it is had much sooner this way.
  public static Inventory atTop(List<LayerFacts> layers) {
    return new Look(new Stack(layers)).inventory(false);
  }

  private static final class Look {
    private final Layered root;
    private final List<Installed> system = new ArrayList<>();
    private final List<Installed> languages = new ArrayList<>();
    private final List<Skipped> skipped = new ArrayList<>();

    /// The files of each package of the system.
    private final Map<Installed, List<String>> files = new HashMap<>();

    private final Map<String, String> realDirectories = new HashMap<>();

    Look(Layered root) {
      this.root = root;
    }

    Inventory inventory(boolean withMissing) {
      databases();
      visible();
      if (!languages.isEmpty()) {
        own();
      }
      List<Installed> all = new ArrayList<>(system);
      all.addAll(languages);
      return new Inventory(distribution(), all, withMissing ? missing() : List.of(), skipped);
    }

    private Distribution distribution() {
      for (String path : PackageFiles.RELEASES) {
        Optional<Evidence> found = root.resolve(path).flatMap(root::evidence);
        if (found.isPresent() && found.get() instanceof Evidence.Release(Distribution said)) {
          return said;
        }
      }
      return Distribution.UNKNOWN;
    }

    private void databases() {
      Set<String> seen = new HashSet<>();
      for (String path : PackageFiles.DATABASES) {
        Optional<String> real = root.resolve(path);
        if (real.isPresent() && seen.add(real.get())) {
          database(path, real.get());
        } else if (real.isEmpty() && root.find(path).isPresent()) {
          skipped.add(new Skipped(path, "a link that leads nowhere or in circles"));
        }
      }
      root.resolve(PackageFiles.STATUS_D)
          .ifPresent(directory -> {
            for (String path : databasesBelow(directory)) {
              database(path, path);
            }
          });
    }

    private Set<String> databasesBelow(String directory) {
      Set<String> all = new TreeSet<>();
      for (LayerFacts layer : root.layers()) {
        layer
            .evidence()
            .subMap(directory + "/", directory + "0")
            .keySet()
            .forEach(path -> {
              if (root.evidence(path).orElse(null) instanceof Evidence.Database) {
                all.add(path);
              }
            });
      }
      return all;
    }

    private void database(String path, String real) {
      Optional<Evidence> found = root.evidence(real);
      if (found.isPresent() && found.get() instanceof Evidence.Database database) {
        for (Evidence.Listed one : database.packages()) {
          Installed installed = one.installed();
          system.add(installed);
          files.put(installed, one.files().isEmpty() ? listed(installed, real) : one.files());
        }
      } else if (found.isEmpty() && root.find(real).orElse(null) instanceof Entry.File) {
        if (!path.equals(real)) {
          skipped.add(
              new Skipped(path, "a link to " + real + ", which was not read as a database"));
        }
      }
    }

    /// By a list beside the database.
    private List<String> listed(Installed one, String database) {
      String base = Paths.parent(database);
      for (String path :
          List.of(
              base + "/info/" + one.name() + ".list",
              base + "/info/" + one.name() + ":" + one.architecture() + ".list",
              database + ".md5sums")) {
        if (root.evidence(path).orElse(null) instanceof Evidence.Files(List<String> paths)) {
          return paths;
        }
      }
      return List.of();
    }

    /// Packages of languages, and what was skipped, of all layers, if it is not hidden.
    private void visible() {
      for (int i = 0; i < root.layers().size(); i++) {
        int layer = i;
        LayerFacts facts = root.layers().get(i);
        facts
            .evidence()
            .forEach((path, evidence) -> {
              if (evidence instanceof Evidence.Components(List<Installed> packages)
                  && root.layerOf(path).orElse(-1) == layer) {
                languages.addAll(packages);
              }
            });
        for (Skipped one : facts.skipped()) {
          if (one.path().isEmpty() || root.layerOf(one.path()).orElse(-1) == layer) {
            skipped.add(one);
          }
        }
      }
    }

    private void own() {
      Map<String, String> owners = new HashMap<>();
      files.forEach((one, paths) -> paths.forEach(path -> owners.put(path, one.name())));
      languages.replaceAll(one -> {
        int archive = one.path().indexOf("!/");
        String path = archive < 0 ? one.path() : one.path().substring(0, archive);
        String owner = owners.get(path);
        if (owner == null && path.startsWith("usr/")) {
          // A list may name what was in /lib before that was a link to usr/lib.
          owner = owners.get(path.substring("usr/".length()));
        }
        return owner == null ? one : one.ownedBy(owner);
      });
    }

    private List<Missing> missing() {
      List<Missing> all = new ArrayList<>();
      for (Installed one : system) {
        TreeSet<String> gone = new TreeSet<>();
        for (String path : files.getOrDefault(one, List.of())) {
          String real = Paths.child(realDirectory(Paths.parent(path)), Paths.name(path));
          if (root.find(real).isEmpty()
              && wasThere(real)
              && !READ_BY_PEOPLE.matcher(real).matches()) {
            gone.add(real);
          }
        }
        if (!gone.isEmpty()) {
          List<String> shown = gone.stream().limit(MOST_SHOWN).toList();
          all.add(new Missing(one, shown, gone.size()));
        }
      }
      return all;
    }

    /// As far as there is one; the rest as it stands.
    private String realDirectory(String path) {
      String known = path.isEmpty() ? "" : realDirectories.get(path);
      if (known != null) {
        return known;
      }
      String parent = realDirectory(Paths.parent(path));
      String literal = Paths.child(parent, Paths.name(path));
      String real =
          root.find(literal).orElse(null) instanceof Entry.Link
              ? root.resolve(literal).orElse(literal)
              : literal;
      realDirectories.put(path, real);
      return real;
    }

    private boolean wasThere(String path) {
      for (LayerFacts layer : root.layers()) {
        switch (layer.entries().get(path)) {
          case Entry.File _, Entry.Link _ -> {
            return true;
          }
          case Entry.Directory _, Entry.Special _, Entry.Whiteout _ -> {
            // A directory may go when the last that is in it goes.
          }
          case null -> {
            // Nothing of it is here.
          }
        }
      }
      return false;
    }
  }
}
