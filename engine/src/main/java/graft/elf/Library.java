package graft.elf;

import graft.elf.ElfFacts.Export;
import graft.elf.ElfFacts.Known;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An ELF file at a place. Its exports are indexed when they are first asked for: whoever compares
/// many images keeps one object for each file.
public final class Library {
  private final String path;
  private final Known facts;
  private volatile @Nullable Map<String, List<Export>> exports;

  /// @param path relative to the root, with no link in it: `usr/lib/libz.so.1.2.13`
  public Library(String path, Known facts) {
    this.path = path;
    this.facts = facts;
  }

  public String path() {
    return path;
  }

  public Known facts() {
    return facts;
  }

  /// The directory, for `$ORIGIN`; empty for the root.
  String origin() {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /// All versions that it has of a symbol.
  List<Export> exports(String symbol) {
    Map<String, List<Export>> index = exports;
    if (index == null) {
      index = index(facts.exports());
      exports = index;
    }
    return index.getOrDefault(symbol, List.of());
  }

  /// True if it has any version of a symbol.
  public boolean has(String symbol) {
    return !exports(symbol).isEmpty();
  }

  private static Map<String, List<Export>> index(List<Export> all) {
    Map<String, List<Export>> index = HashMap.newHashMap(all.size());
    for (Export e : all) {
      index.merge(
          e.name(),
          List.of(e),
          (a, b) -> {
            List<Export> both = new ArrayList<>(a);
            both.addAll(b);
            return both;
          });
    }
    return index;
  }

  @Override
  public String toString() {
    return path;
  }
}
