package graft.elf;

import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Known;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A root of ELF files, without links.
public final class FakeRoot implements Libraries {
  private static final List<String> SEARCHED = List.of("usr/local/lib", "lib", "usr/lib");

  private final Map<String, Library> files = new TreeMap<>();

  FakeRoot put(String path, ElfFile file) {
    return put(path, file.known());
  }

  FakeRoot put(String path, Known facts) {
    files.put(path, new Library(path, facts));
    return this;
  }

  FakeRoot with(FakeRoot above) {
    FakeRoot both = new FakeRoot();
    both.files.putAll(files);
    both.files.putAll(above.files);
    return both;
  }

  Library get(String path) {
    return at(path).orElseThrow();
  }

  @Override
  public Optional<Library> named(String name, Abi abi) {
    return SEARCHED.stream()
        .flatMap(d -> at(d + "/" + name).stream())
        .filter(l -> l.facts().abi().equals(abi))
        .findFirst();
  }

  @Override
  public Optional<Library> at(String path) {
    return Optional.ofNullable(files.get(path.startsWith("/") ? path.substring(1) : path));
  }

  @Override
  public Optional<Library> anywhere(String name, Abi abi) {
    return files.values().stream()
        .filter(l -> l.facts().abi().equals(abi))
        .filter(l -> l.path().endsWith("/" + name) || l.facts().soname().equals(Optional.of(name)))
        .findFirst();
  }

  @Override
  public boolean programExports(String symbol) {
    return files.values().stream()
        .anyMatch(l -> l.facts().interpreter().isPresent() && !l.exports(symbol).isEmpty());
  }

  @Override
  public boolean programsExportAllOf(Libraries other) {
    return other instanceof FakeRoot before
        && before.files.values().stream()
            .filter(l -> l.facts().interpreter().isPresent())
            .flatMap(l -> l.facts().exports().stream())
            .allMatch(e -> programExports(e.name()));
  }
}
