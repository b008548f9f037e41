package graft.facts;

import graft.elf.ElfFacts;
import graft.inventory.Evidence;
import graft.inventory.Skipped;
import graft.oci.Digest;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What one layer says, of itself and without the layers below.
///
/// Paths are clean and relative, without a slash at either end (`usr/bin/x`), and the root
/// directory itself is not among them; names that are no UTF-8 are written as [FileNames] has it.
/// Maps are sorted by path: a directory comes before what is in it, and everything below `a` is
/// between `a/` and `a0`.
///
/// @param entries whatever the layer has at a path; each parent is there, and a directory
/// @param elves by the path of the file: what a dynamic loader reads in it
/// @param shebangs by the path of the file: what follows `#!`, without blanks around it
/// @param evidence by the path of the file: what it says of packages
/// @param skipped what was not looked at, and why: then the layer has more than is said here
public record LayerFacts(
    Digest diffId,
    NavigableMap<String, Entry> entries,
    NavigableMap<String, ElfFacts> elves,
    NavigableMap<String, String> shebangs,
    NavigableMap<String, Evidence> evidence,
    List<Skipped> skipped) {
  /// As the layer store makes directories that a tar does not name.
  private static final Entry.Directory IMPLICIT = new Entry.Directory(0755, 0, 0, Map.of(), false);

  /// @throws IllegalArgumentException of paths that are none, or lead through what is no directory
  public LayerFacts {
    entries = Collections.unmodifiableNavigableMap(whole(entries));
    elves = Collections.unmodifiableNavigableMap(new TreeMap<>(elves));
    shebangs = Collections.unmodifiableNavigableMap(new TreeMap<>(shebangs));
    evidence = Collections.unmodifiableNavigableMap(new TreeMap<>(evidence));
    skipped = List.copyOf(skipped);
    requireFiles(entries, elves.keySet());
    requireFiles(entries, shebangs.keySet());
    requireFiles(entries, evidence.keySet());
  }

  /// Of files alone.
  public static LayerFacts of(Digest diffId, Map<String, Entry> entries) {
    return new LayerFacts(
        diffId,
        new TreeMap<>(entries),
        new TreeMap<>(),
        new TreeMap<>(),
        new TreeMap<>(),
        List.of());
  }

  private static TreeMap<String, Entry> whole(Map<String, Entry> entries) {
    TreeMap<String, Entry> all = new TreeMap<>(entries);
    String checked = "";
    for (String path : entries.keySet()) {
      Paths.requireClean(path);
      String directory = Paths.parent(path);
      if (directory.equals(checked)) {
        continue;
      }
      checked = directory;
      for (String up = directory; !up.isEmpty(); up = Paths.parent(up)) {
        Entry parent = all.putIfAbsent(up, IMPLICIT);
        if (parent instanceof Entry.Directory) {
          break;
        }
        if (parent != null) {
          throw new IllegalArgumentException(
              "\"" + path + "\" is below \"" + up + "\", which is no directory");
        }
      }
    }
    return all;
  }

  private static void requireFiles(Map<String, Entry> entries, Collection<String> paths) {
    for (String path : paths) {
      if (!(entries.get(path) instanceof Entry.File)) {
        throw new IllegalArgumentException("there is no file \"" + path + "\"");
      }
    }
  }
}
