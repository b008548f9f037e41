package graft.elf;

import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Export;
import graft.elf.ElfFacts.Import;
import graft.elf.ElfFacts.Known;
import graft.elf.ElfFacts.Type;
import graft.elf.ElfFacts.VersionNeed;
import graft.elf.ElfReader.Layout;
import graft.elf.ElfReader.Sections;
import graft.elf.ElfReader.Segment;
import graft.elf.Window.Senseless;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the tables that a dynamic section points at.
final class DynamicReader {
  private static final int MOST_VERSIONS = 1 << 16;
  private static final int LONGEST_NAME = 64 << 10;
  private static final int CHUNK = 64 << 10;

  private final Window file;
  private final Layout layout;
  private final List<Segment> loaded;
  private final Dynamic dynamic;
  private final Sections sections;
  private final byte[] strings;
  private final Map<Integer, VersionNeed> versions = new HashMap<>();
  private final List<VersionNeed> needs = new ArrayList<>();
  private final List<String> definitions = new ArrayList<>();
  private int text = ElfReader.MOST_TEXT;

  DynamicReader(
      Window file, Layout layout, List<Segment> loaded, Dynamic dynamic, Sections sections)
      throws IOException {
    this.file = file;
    this.layout = layout;
    this.loaded = loaded;
    this.dynamic = dynamic;
    this.sections = sections;
    this.strings =
        dynamic.has(Dynamic.STRTAB)
            ? table(dynamic.get(Dynamic.STRTAB), dynamic.get(Dynamic.STRSZ)).array()
            : new byte[0];
  }

  Known read(Abi abi, Type type, Optional<String> interpreter) throws IOException {
    readVersionNeeds();
    readVersionDefinitions();
    Relocations relocations =
        interpreter.isPresent() || !counted() ? relocations() : new Relocations(Set.of(), 0);
    List<Import> imports = new ArrayList<>();
    List<Export> exports = new ArrayList<>();
    Set<String> copies = new LinkedHashSet<>();
    readSymbols(relocations, imports, exports, copies);
    List<String> needed = new ArrayList<>();
    for (long name : dynamic.needed()) {
      needed.add(string(name));
    }
    return new Known(
        abi,
        type,
        interpreter,
        dynamic.has(Dynamic.SONAME)
            ? Optional.of(string(dynamic.get(Dynamic.SONAME)))
            : Optional.empty(),
        needed,
        paths(Dynamic.RPATH),
        paths(Dynamic.RUNPATH),
        needs,
        definitions,
        List.copyOf(imports),
        List.copyOf(exports),
        List.copyOf(copies));
  }

  private List<String> paths(long tag) {
    return dynamic.has(tag) ? List.of(string(dynamic.get(tag)).split(":")) : List.of();
  }

  private String string(long at) {
    if (at < 0 || at >= strings.length) {
      throw new Senseless("a name of it is outside of its names");
    }
    int from = (int) at;
    int end = from;
    while (end < strings.length && strings[end] != 0) {
      end++;
    }
    int length = end - from;
    text -= length;
    if (length > LONGEST_NAME || text < 0) {
      throw new Senseless("its names are too long");
    }
    return new String(strings, from, length, StandardCharsets.ISO_8859_1);
  }

  /// Where in the file something is that has an address in memory.
  private long offset(long address) {
    for (Segment s : loaded) {
      long into = address - s.address();
      if (into >= 0 && into < s.size()) {
        return s.offset() + into;
      }
    }
    throw new Senseless("a table of it has an address that is not loaded");
  }

  /// How many bytes of the file follow an address.
  private long rest(long address) {
    for (Segment s : loaded) {
      long into = address - s.address();
      if (into >= 0 && into < s.size()) {
        return s.size() - into;
      }
    }
    return 0;
  }

  private ByteBuffer table(long address, long length) throws IOException {
    return file.buffer(offset(address), length);
  }

  private void readVersionNeeds() throws IOException {
    if (!dynamic.has(Dynamic.VERNEED)) {
      return;
    }
    long start = dynamic.get(Dynamic.VERNEED);
    long count = dynamic.get(Dynamic.VERNEEDNUM);
    long at = start;
    for (long i = 0; i < count; i++) {
      ByteBuffer entry = table(at, 16);
      String name = string(Integer.toUnsignedLong(entry.getInt(4)));
      long aux = at + Integer.toUnsignedLong(entry.getInt(8));
      int auxes = Short.toUnsignedInt(entry.getShort(2));
      for (int k = 0; k < auxes; k++) {
        ByteBuffer one = table(aux, 16);
        VersionNeed need =
            new VersionNeed(
                name, string(Integer.toUnsignedLong(one.getInt(8))), (one.getShort(4) & 2) != 0);
        needs.add(need);
        versions.put(one.getShort(6) & 0x7fff, need);
        requireFewVersions();
        long next = Integer.toUnsignedLong(one.getInt(12));
        if (next == 0) {
          break;
        }
        aux += next;
      }
      long next = Integer.toUnsignedLong(entry.getInt(12));
      if (next == 0) {
        break;
      }
      at += next;
    }
  }

  private void readVersionDefinitions() throws IOException {
    if (!dynamic.has(Dynamic.VERDEF)) {
      return;
    }
    long at = dynamic.get(Dynamic.VERDEF);
    long count = dynamic.get(Dynamic.VERDEFNUM);
    for (long i = 0; i < count; i++) {
      ByteBuffer entry = table(at, 20);
      // The first names the file itself.
      boolean base = (entry.getShort(2) & 1) != 0;
      if (!base && entry.getShort(6) != 0) {
        ByteBuffer aux = table(at + Integer.toUnsignedLong(entry.getInt(12)), 8);
        String name = string(Integer.toUnsignedLong(aux.getInt(0)));
        definitions.add(name);
        versions.put(entry.getShort(4) & 0x7fff, new VersionNeed("", name, false));
        requireFewVersions();
      }
      long next = Integer.toUnsignedLong(entry.getInt(16));
      if (next == 0) {
        break;
      }
      at += next;
    }
  }

  private void requireFewVersions() {
    if (needs.size() + definitions.size() > MOST_VERSIONS) {
      throw new Senseless("it has too many versions");
    }
  }

  private boolean counted() {
    return dynamic.has(Dynamic.HASH)
        || sections.symbolsAt() == dynamic.get(Dynamic.SYMTAB)
        || !dynamic.has(Dynamic.SYMTAB);
  }

  /// No table says how many symbols there are: the old hash table has an entry for each, the new
  /// one for each that is exported, relocations name those that are imported.
  private long symbols(Relocations relocations) throws IOException {
    long at = dynamic.get(Dynamic.SYMTAB);
    long count = relocations.last + 1;
    if (dynamic.has(Dynamic.HASH)) {
      // S390 and Alpha have words of 64 bits here.
      boolean wide = layout.wide() && (layout.machine() == 22 || layout.machine() == 0x9026);
      ByteBuffer head = table(dynamic.get(Dynamic.HASH), wide ? 16 : 8);
      count = Math.max(count, wide ? head.getLong(8) : Integer.toUnsignedLong(head.getInt(4)));
    } else if (dynamic.has(Dynamic.GNU_HASH)) {
      count = Math.max(count, hashed(dynamic.get(Dynamic.GNU_HASH)));
    }
    if (sections.symbolsAt() == at) {
      count = Math.max(count, sections.symbols());
    }
    if (count > ElfReader.MOST_SYMBOLS) {
      throw new Senseless("it has " + count + " symbols");
    }
    return Math.max(0, count);
  }

  private long hashed(long at) throws IOException {
    ByteBuffer head = table(at, 16);
    long buckets = Integer.toUnsignedLong(head.getInt(0));
    long first = Integer.toUnsignedLong(head.getInt(4));
    long bloom = Integer.toUnsignedLong(head.getInt(8)) * (layout.wide() ? 8 : 4);
    if (buckets > ElfReader.MOST_SYMBOLS) {
      throw new Senseless("it has " + buckets + " buckets of symbols");
    }
    ByteBuffer table = table(at + 16 + bloom, buckets * 4);
    long last = 0;
    for (int i = 0; i < buckets; i++) {
      last = Math.max(last, Integer.toUnsignedLong(table.getInt(i * 4)));
    }
    if (last < first) {
      return first;
    }
    // From the last bucket's first symbol on to the one that ends its chain.
    long chain = at + 16 + bloom + buckets * 4 + (last - first) * 4;
    while (last < ElfReader.MOST_SYMBOLS) {
      int length = (int) Math.min(CHUNK, rest(chain)) & ~3;
      ByteBuffer some = table(chain, length);
      for (int i = 0; i < length; i += 4) {
        last++;
        if ((some.getInt(i) & 1) != 0) {
          return last;
        }
      }
      if (length == 0) {
        throw new Senseless("its hash table has no end");
      }
      chain += length;
    }
    throw new Senseless("it has too many symbols");
  }

  /// @param copied symbols, by index
  /// @param last the greatest index of a symbol
  private record Relocations(Set<Integer> copied, long last) {}

  private Relocations relocations() throws IOException {
    Set<Integer> copied = new LinkedHashSet<>();
    long last = 0;
    last = Math.max(last, scan(Dynamic.RELA, Dynamic.RELASZ, true, copied));
    last = Math.max(last, scan(Dynamic.REL, Dynamic.RELSZ, false, copied));
    boolean addends = dynamic.get(Dynamic.PLTREL) == Dynamic.RELA;
    last = Math.max(last, scan(Dynamic.JMPREL, Dynamic.PLTRELSZ, addends, copied));
    return new Relocations(copied, last);
  }

  private long scan(long address, long size, boolean addends, Set<Integer> copied)
      throws IOException {
    if (!dynamic.has(address)) {
      return 0;
    }
    int word = layout.wide() ? 8 : 4;
    int each = addends ? 3 * word : 2 * word;
    long left = dynamic.get(size) / each;
    long at = dynamic.get(address);
    long last = 0;
    int copy = layout.copy();
    while (left > 0) {
      int n = (int) Math.min(left, CHUNK / each);
      ByteBuffer some = table(at, (long) n * each);
      for (int i = 0; i < n; i++) {
        long info = layout.word(some, i * each + word);
        long symbol = layout.wide() ? info >>> 32 : info >>> 8;
        long kind = layout.wide() ? info & 0xffffffffL : info & 0xff;
        last = Math.max(last, symbol);
        if (kind == copy && symbol > 0 && symbol < ElfReader.MOST_SYMBOLS) {
          copied.add((int) symbol);
        }
      }
      at += (long) n * each;
      left -= n;
    }
    return last;
  }

  private void readSymbols(
      Relocations relocations, List<Import> imports, List<Export> exports, Set<String> copies)
      throws IOException {
    if (!dynamic.has(Dynamic.SYMTAB)) {
      return;
    }
    int count = (int) symbols(relocations);
    int each = layout.symbol();
    ByteBuffer table = table(dynamic.get(Dynamic.SYMTAB), (long) count * each);
    Optional<ByteBuffer> indexes =
        dynamic.has(Dynamic.VERSYM)
            ? Optional.of(table(dynamic.get(Dynamic.VERSYM), (long) count * 2))
            : Optional.empty();
    for (int i = 1; i < count; i++) {
      int p = i * each;
      int info = Byte.toUnsignedInt(table.get(p + (layout.wide() ? 4 : 12)));
      int visibility = table.get(p + (layout.wide() ? 5 : 13)) & 3;
      int section = Short.toUnsignedInt(table.getShort(p + (layout.wide() ? 6 : 14)));
      long size =
          layout.wide() ? table.getLong(p + 16) : Integer.toUnsignedLong(table.getInt(p + 8));
      long name = Integer.toUnsignedLong(table.getInt(p));
      int binding = info >>> 4;
      int type = info & 15;
      boolean defined = section != 0;
      boolean weak = binding == 2;
      boolean hidden = visibility == 1 || visibility == 2;
      if (name == 0 || binding == 0 || hidden || (!defined && weak)) {
        continue;
      }
      int index = indexes.isPresent() ? indexes.get().getShort(i * 2) & 0x7fff : 1;
      VersionNeed version = versions.get(index);
      String text = string(name);
      if (!defined) {
        imports.add(
            version == null
                ? new Import(text, "", "")
                : new Import(text, version.version(), version.file()));
      } else if (index != 0) {
        // Data are objects and variables of threads.
        boolean data = type == 1 || type == 6;
        exports.add(
            new Export(text, version == null ? "" : version.version(), data, data ? size : 0));
        if (relocations.copied.contains(i)) {
          copies.add(text);
        }
      }
    }
  }
}
