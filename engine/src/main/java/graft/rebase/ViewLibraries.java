package graft.rebase;

import graft.elf.ElfFacts;
import graft.elf.ElfFacts.Abi;
import graft.elf.Libraries;
import graft.elf.Library;
import graft.facts.Entry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The libraries of an image's own layers over those of a base.
final class ViewLibraries implements Libraries {
  private final View view;

  /// Where libraries are looked for, without links.
  private final List<String> directories;

  private final Map<String, Library> own;
  private final Map<String, List<Library>> ownByName = new HashMap<>();
  private @Nullable Set<String> ownProgramExports;
  private final Map<String, List<Library>> found = new HashMap<>();

  /// @param within see [Processors#of]
  /// @param own those of the image itself, by path: see [#own]
  ViewLibraries(
      View view, List<String> directories, List<String> within, Map<String, Library> own) {
    this.view = view;
    this.directories =
        directories.stream()
            .flatMap(d -> within.stream().flatMap(w -> view.resolve(d + w).stream()))
            .toList();
    this.own = own;
    own.values()
        .forEach(library ->
            Base.names(library)
                .forEach(n -> ownByName.computeIfAbsent(n, k -> new ArrayList<>()).add(library)));
  }

  /// Objects for both the old and the new view.
  static Map<String, Library> own(Own own) {
    Map<String, Library> all = new HashMap<>();
    own.elves()
        .forEach((path, facts) -> {
          if (facts instanceof ElfFacts.Known known) {
            all.put(path, new Library(path, known));
          }
        });
    return all;
  }

  @Override
  public Optional<Library> named(String name, Abi abi) {
    return found.computeIfAbsent(name, this::search).stream()
        .filter(l -> l.facts().abi().equals(abi))
        .findFirst();
  }

  private List<Library> search(String name) {
    List<Library> all = new ArrayList<>();
    for (String directory : directories) {
      String path = directory.isEmpty() ? name : directory + "/" + name;
      switch (view.find(path).orElse(null)) {
        case Entry.File _ -> exactly(path).ifPresent(all::add);
        case Entry.Link _ -> at(path).ifPresent(all::add);
        case Entry.Directory _, Entry.Special _, Entry.Whiteout _ -> {}
        case null -> {}
      }
    }
    return all;
  }

  @Override
  public Optional<Library> at(String path) {
    return view.resolve(path).flatMap(this::exactly);
  }

  private Optional<Library> exactly(String real) {
    return view.isOwn(real) ? Optional.ofNullable(own.get(real)) : view.base().library(real);
  }

  @Override
  public Optional<Library> anywhere(String name, Abi abi) {
    for (Library l : ownByName.getOrDefault(name, List.of())) {
      if (l.facts().abi().equals(abi)) {
        return Optional.of(l);
      }
    }
    return view.base().named(name).stream()
        .filter(l -> l.facts().abi().equals(abi))
        .filter(l -> !view.isOwn(l.path()) && view.find(l.path()).isPresent())
        .findFirst();
  }

  /// Of the same image on another base: its own programs are the same.
  @Override
  public boolean programsExportAllOf(Libraries other) {
    return other instanceof ViewLibraries before
        && view.base().programsExportAllOf(before.view.base());
  }

  @Override
  public boolean programExports(String symbol) {
    return view.base().programExports(symbol) || ownProgramExports().contains(symbol);
  }

  private Set<String> ownProgramExports() {
    Set<String> all = ownProgramExports;
    if (all == null) {
      all =
          exports(own.values().stream().filter(l -> l.facts().interpreter().isPresent()).toList());
      ownProgramExports = all;
    }
    return all;
  }

  /// The names of all symbols that libraries export.
  static Set<String> exports(Collection<Library> all) {
    Set<String> names = new HashSet<>();
    all.forEach(l -> l.facts().exports().forEach(e -> names.add(e.name())));
    return names;
  }
}
