package graft.facts;

import graft.elf.ElfFacts;
import graft.inventory.Evidence;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;

/// A stack of layers as a container sees it: the union of their entries, without those that
/// something above hides. Its entries are files, directories, links and special files; whiteouts
/// have done their work, and a directory that is in several layers has the attributes of the
/// uppermost.
///
/// Source: Linux, filesystems/overlayfs.rst.
public final class Root implements Layered {
  private record Placed(int layer, Entry entry) {}

  private final List<LayerFacts> layers;
  private final TreeMap<String, Placed> merged = new TreeMap<>();
  private int laid;

  private Root(List<LayerFacts> layers) {
    this.layers = List.copyOf(layers);
  }

  /// @param layers bottom first
  public static Root of(List<LayerFacts> layers) {
    Root root = new Root(layers);
    while (root.laid < layers.size()) {
      root.layNext();
    }
    return root;
  }

  /// A look at the root after each layer, bottom first, for less than making them all.
  ///
  /// @param from the first of which it is asked, from 0
  /// @param look must not keep the root, to which the next layer is added then
  static <T> List<T> afterEach(List<LayerFacts> layers, int from, Function<Root, T> look) {
    Root root = new Root(layers);
    List<T> all = new ArrayList<>();
    while (root.laid < layers.size()) {
      root.layNext();
      if (root.laid > from) {
        all.add(look.apply(root));
      }
    }
    return all;
  }

  /// Goes through a layer in the order of its paths: whatever is below a path of it is of a layer
  /// below, at the time the path itself is reached.
  private void layNext() {
    int layer = laid++;
    layers
        .get(layer)
        .entries()
        .forEach((path, entry) -> {
          switch (entry) {
            case Entry.Whiteout _ -> {
              merged.remove(path);
              hideBelow(path);
            }
            case Entry.Directory directory -> {
              Placed old = merged.put(path, new Placed(layer, entry));
              if (directory.opaque()
                  || (old != null && !(old.entry() instanceof Entry.Directory))) {
                hideBelow(path);
              }
            }
            case Entry.File _, Entry.Link _, Entry.Special _ -> {
              Placed old = merged.put(path, new Placed(layer, entry));
              if (old != null && old.entry() instanceof Entry.Directory) {
                hideBelow(path);
              }
            }
          }
        });
  }

  private void hideBelow(String path) {
    below(merged, path).clear();
  }

  private static <V> NavigableMap<String, V> below(NavigableMap<String, V> map, String path) {
    return path.isEmpty() ? map : map.subMap(path + "/", false, path + "0", false);
  }

  @Override
  public List<LayerFacts> layers() {
    return layers.subList(0, laid);
  }

  @Override
  public Optional<Entry> find(String path) {
    return Optional.ofNullable(merged.get(path)).map(Placed::entry);
  }

  @Override
  public OptionalInt layerOf(String path) {
    Placed placed = merged.get(path);
    return placed == null ? OptionalInt.empty() : OptionalInt.of(placed.layer());
  }

  /// All paths, sorted.
  public NavigableMap<String, Entry> entries() {
    return Collections.unmodifiableNavigableMap(entriesBelow(""));
  }

  /// What is below a directory at any depth, sorted by path.
  public NavigableMap<String, Entry> entriesBelow(String directory) {
    TreeMap<String, Entry> all = new TreeMap<>();
    below(merged, directory).forEach((path, placed) -> all.put(path, placed.entry()));
    return all;
  }

  /// All paths, sorted.
  public Iterable<String> paths() {
    return Collections.unmodifiableNavigableSet(merged.navigableKeySet());
  }

  /// What a dynamic loader reads in the file at this path; no link is followed.
  public Optional<ElfFacts> elf(String path) {
    return of(path).map(facts -> facts.elves().get(path));
  }

  /// What follows `#!` in the file at this path; no link is followed.
  public Optional<String> shebang(String path) {
    return of(path).map(facts -> facts.shebangs().get(path));
  }

  @Override
  public Optional<Evidence> evidence(String path) {
    return of(path).map(facts -> facts.evidence().get(path));
  }

  private Optional<LayerFacts> of(String path) {
    return Optional.ofNullable(merged.get(path)).map(placed -> layers.get(placed.layer()));
  }
}
