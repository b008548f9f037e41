package graft.rebase;

import graft.elf.ElfFacts;
import graft.facts.Entry;
import graft.facts.LayerFacts;
import graft.oci.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// An image's own layers as if they were one: what they do together to whatever is below them.
/// Unlike in a root, whiteouts and opaque directories are still there.
final class Own {
  /// @param layer index into the image's own layers, of the uppermost that touched the path
  record Placed(Entry entry, int layer) {}

  private final List<LayerFacts> layers;
  private final TreeMap<String, Placed> flat = new TreeMap<>();

  /// Directories whose files of the base are not seen, and others that were asked for.
  private final Map<String, Boolean> hidden = new HashMap<>();

  private Own(List<LayerFacts> layers) {
    this.layers = List.copyOf(layers);
  }

  static Own of(List<LayerFacts> layers) {
    Own own = new Own(layers);
    for (int i = 0; i < layers.size(); i++) {
      own.lay(i, layers.get(i).entries());
    }
    return own;
  }

  private void lay(int layer, NavigableMap<String, Entry> entries) {
    entries.forEach((path, entry) -> {
      Placed old = flat.get(path);
      Entry placed = entry;
      switch (entry) {
        case Entry.Directory d -> {
          boolean hides =
              d.opaque()
                  || old != null
                      && (!(old.entry() instanceof Entry.Directory below) || below.opaque());
          if (d.opaque()) {
            hide(path, old);
          }
          placed = new Entry.Directory(d.mode(), d.uid(), d.gid(), d.xattrs(), hides);
        }
        case Entry.Whiteout _, Entry.File _, Entry.Link _, Entry.Special _ -> hide(path, old);
      }
      flat.put(path, new Placed(placed, layer));
    });
  }

  /// Nothing is below what is no directory: so most of an image is laid without looking for it.
  private void hide(String path, @Nullable Placed old) {
    if (old != null && old.entry() instanceof Entry.Directory) {
      below(flat, path).clear();
    }
  }

  /// Whatever is under a directory, at any depth.
  static <V> NavigableMap<String, V> below(NavigableMap<String, V> map, String path) {
    return map.subMap(path + "/", false, path + "0", false);
  }

  /// What is touched in a directory itself.
  List<String> children(String directory) {
    List<String> all = new ArrayList<>();
    int from = directory.length() + 1;
    String at = flat.higherKey(directory + "/");
    while (at != null && at.startsWith(directory + "/")) {
      int slash = at.indexOf('/', from);
      if (slash < 0) {
        all.add(at);
        at = flat.higherKey(at);
      } else {
        // Past all that is in it: the digit follows the slash.
        at = flat.ceilingKey(at.substring(0, slash) + "0");
      }
    }
    return all;
  }

  List<LayerFacts> layers() {
    return layers;
  }

  NavigableMap<String, Placed> entries() {
    return flat;
  }

  Optional<Entry> find(String path) {
    return Optional.ofNullable(flat.get(path)).map(Placed::entry);
  }

  /// The layer that has the path last; 0 if none has.
  int layerOf(String path) {
    Placed placed = flat.get(path);
    return placed == null ? 0 : placed.layer();
  }

  /// True if what the base has at a path is not seen for something above it.
  boolean hides(String path) {
    int slash = path.lastIndexOf('/');
    return slash > 0 && hidden.computeIfAbsent(path.substring(0, slash), _ -> isHidden(path));
  }

  private boolean isHidden(String path) {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      Placed up = flat.get(path.substring(0, slash));
      if (up != null && (!(up.entry() instanceof Entry.Directory d) || d.opaque())) {
        return true;
      }
    }
    return false;
  }

  Digest diffIdOf(String path) {
    return layers.get(layerOf(path)).diffId();
  }

  /// ELF files of the image's own, by path.
  Map<String, ElfFacts> elves() {
    return facts(LayerFacts::elves);
  }

  Map<String, String> shebangs() {
    return facts(LayerFacts::shebangs);
  }

  /// What the layers say of files that are still as they have them.
  private <V> Map<String, V> facts(Function<LayerFacts, Map<String, V>> of) {
    Map<String, V> all = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      int layer = i;
      of.apply(layers.get(i))
          .forEach((path, fact) -> {
            Placed placed = flat.get(path);
            if (placed != null && placed.layer() == layer && placed.entry() instanceof Entry.File) {
              all.put(path, fact);
            }
          });
    }
    return all;
  }
}
