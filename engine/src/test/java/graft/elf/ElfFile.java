package graft.elf;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes ELF files that have everything a loader reads and no code: one segment of all of it, no
/// section headers unless asked for.
public final class ElfFile {
  private boolean wide = true;
  private boolean big;
  private int machine = 62;
  private int type = 3;
  private Optional<String> interpreter = Optional.empty();
  private Optional<String> soname = Optional.empty();
  private Optional<String> rpath = Optional.empty();
  private Optional<String> runpath = Optional.empty();
  private final List<String> needed = new ArrayList<>();
  private final List<Symbol> symbols = new ArrayList<>();

  private record Symbol(
      String name,
      String version,
      String file,
      boolean defined,
      boolean data,
      long size,
      boolean weak,
      boolean copied) {}

  public static ElfFile library(String soname) {
    ElfFile file = new ElfFile();
    file.soname = Optional.of(soname);
    return file;
  }

  public static ElfFile program(String interpreter) {
    ElfFile file = new ElfFile();
    file.interpreter = Optional.of(interpreter);
    return file;
  }

  public ElfFile abi(int bits, boolean bigEndian, int e_machine) {
    wide = bits == 64;
    big = bigEndian;
    machine = e_machine;
    return this;
  }

  public ElfFile type(int e_type) {
    type = e_type;
    return this;
  }

  public ElfFile needs(String... names) {
    needed.addAll(List.of(names));
    return this;
  }

  public ElfFile rpath(String path) {
    rpath = Optional.of(path);
    return this;
  }

  public ElfFile runpath(String path) {
    runpath = Optional.of(path);
    return this;
  }

  public ElfFile imports(String name) {
    symbols.add(new Symbol(name, "", "", false, false, 0, false, false));
    return this;
  }

  public ElfFile importsWeakly(String name) {
    symbols.add(new Symbol(name, "", "", false, false, 0, true, false));
    return this;
  }

  public ElfFile imports(String name, String version, String file) {
    symbols.add(new Symbol(name, version, file, false, false, 0, false, false));
    return this;
  }

  public ElfFile exports(String name) {
    return exports(name, "");
  }

  public ElfFile exports(String name, String version) {
    symbols.add(new Symbol(name, version, "", true, false, 0, false, false));
    return this;
  }

  public ElfFile data(String name, String version, long size) {
    symbols.add(new Symbol(name, version, "", true, true, size, false, false));
    return this;
  }

  /// Data of a library that the program has a copy of.
  public ElfFile copies(String name, String version, String file, long size) {
    symbols.add(new Symbol(name, version, file, true, true, size, false, true));
    return this;
  }

  public ElfFacts facts() {
    try (Bytes channel = new Bytes(bytes())) {
      return ElfReader.read(channel).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public ElfFacts.Known known() {
    return switch (facts()) {
      case ElfFacts.Known known -> known;
      case ElfFacts.Unreadable u -> throw new IllegalStateException(u.reason());
    };
  }

  public void writeTo(Path path) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    Files.write(path, bytes());
  }

  // Layout: header, program headers, then the tables, at addresses that are their offsets.

  private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
  private final Map<String, Integer> stringAt = new LinkedHashMap<>();

  private int string(String text) {
    return stringAt.computeIfAbsent(
        text,
        t -> {
          int at = strings.size();
          strings.writeBytes(t.getBytes(StandardCharsets.UTF_8));
          strings.write(0);
          return at;
        });
  }

  /// Again and again the same.
  public byte[] bytes() {
    strings.reset();
    stringAt.clear();
    // A name at zero is none.
    strings.write(0);
    Map<String, Map<String, Integer>> needs = new LinkedHashMap<>();
    Map<String, Integer> definitions = new LinkedHashMap<>();
    int next = 2;
    for (Symbol s : symbols) {
      if (!s.version.isEmpty()) {
        if (s.file.isEmpty()) {
          if (!definitions.containsKey(s.version)) {
            definitions.put(s.version, next++);
          }
        } else {
          Map<String, Integer> of = needs.computeIfAbsent(s.file, f -> new LinkedHashMap<>());
          if (!of.containsKey(s.version)) {
            of.put(s.version, next++);
          }
        }
      }
    }
    ByteBuffer out = ByteBuffer.allocate(1 << 20);
    out.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    int headers = wide ? 64 : 52;
    int each = wide ? 56 : 32;
    int segments = interpreter.isPresent() ? 3 : 2;
    out.position(headers + segments * each);

    int interpreterAt = out.position();
    interpreter.ifPresent(i -> out.put(i.getBytes(StandardCharsets.UTF_8)).put((byte) 0));
    align(out);
    int symtab = out.position();
    writeSymbol(out, 0, 0, 0, 0);
    List<Integer> versym = new ArrayList<>(List.of(0));
    List<Integer> copied = new ArrayList<>();
    for (int i = 0; i < symbols.size(); i++) {
      Symbol s = symbols.get(i);
      int binding = s.weak ? 2 : 1;
      writeSymbol(out, string(s.name), binding << 4 | (s.data ? 1 : 2), s.defined ? 1 : 0, s.size);
      versym.add(
          s.version.isEmpty()
              ? 1
              : requireNonNull(
                  s.file.isEmpty()
                      ? definitions.get(s.version)
                      : requireNonNull(needs.get(s.file)).get(s.version)));
      if (s.copied) {
        copied.add(i + 1);
      }
    }
    int versymAt = out.position();
    versym.forEach(v -> out.putShort(v.shortValue()));
    align(out);
    int verneed = out.position();
    writeNeeds(out, needs);
    int verdef = out.position();
    writeDefinitions(out, definitions);
    align(out);
    int rela = out.position();
    int copy = new ElfReader.Layout(wide, machine).copy();
    for (int symbol : copied) {
      word(out, 0);
      word(out, wide ? ((long) symbol << 32 | copy) : (symbol << 8 | copy));
      word(out, 0);
    }
    int relaSize = out.position() - rela;
    int hash = out.position();
    out.putInt(1).putInt(symbols.size() + 1).putInt(0);
    for (int i = 0; i <= symbols.size(); i++) {
      out.putInt(0);
    }
    align(out);
    int dynamic = out.position();
    needed.forEach(n -> entry(out, Dynamic.NEEDED, string(n)));
    soname.ifPresent(s -> entry(out, Dynamic.SONAME, string(s)));
    rpath.ifPresent(s -> entry(out, Dynamic.RPATH, string(s)));
    runpath.ifPresent(s -> entry(out, Dynamic.RUNPATH, string(s)));
    entry(out, Dynamic.SYMTAB, symtab);
    entry(out, Dynamic.HASH, hash);
    entry(out, Dynamic.VERSYM, versymAt);
    if (!needs.isEmpty()) {
      entry(out, Dynamic.VERNEED, verneed);
      entry(out, Dynamic.VERNEEDNUM, needs.size());
    }
    if (!definitions.isEmpty()) {
      entry(out, Dynamic.VERDEF, verdef);
      entry(out, Dynamic.VERDEFNUM, definitions.size());
    }
    if (relaSize > 0) {
      entry(out, Dynamic.RELA, rela);
      entry(out, Dynamic.RELASZ, relaSize);
    }
    int tables = out.position();
    int word = wide ? 8 : 4;
    int strtab = tables + 6 * word;
    entry(out, Dynamic.STRTAB, strtab);
    entry(out, Dynamic.STRSZ, strings.size());
    entry(out, 0, 0);
    int dynamicSize = out.position() - dynamic;
    out.put(strings.toByteArray());
    int end = out.position();

    out.position(0);
    out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), (byte) (big ? 2 : 1), 1});
    out.position(16);
    out.putShort((short) type).putShort((short) machine).putInt(1);
    word(out, 0);
    word(out, headers);
    word(out, 0);
    out.putInt(0).putShort((short) headers).putShort((short) each).putShort((short) segments);
    out.position(headers);
    segment(out, ElfReader.Segment.LOAD, 0, end);
    segment(out, ElfReader.Segment.DYNAMIC, dynamic, dynamicSize);
    interpreter.ifPresent(
        i -> segment(out, ElfReader.Segment.INTERPRETER, interpreterAt, i.length() + 1));
    byte[] all = new byte[end];
    out.get(0, all);
    return all;
  }

  private static void align(ByteBuffer out) {
    out.position((out.position() + 7) & ~7);
  }

  private void word(ByteBuffer out, long value) {
    if (wide) {
      out.putLong(value);
    } else {
      out.putInt((int) value);
    }
  }

  private void entry(ByteBuffer out, long tag, long value) {
    word(out, tag);
    word(out, value);
  }

  private void segment(ByteBuffer out, int kind, int at, int size) {
    out.putInt(kind);
    if (wide) {
      out.putInt(4);
    }
    word(out, at);
    word(out, at);
    word(out, at);
    word(out, size);
    word(out, size);
    if (!wide) {
      out.putInt(4);
    }
    word(out, 8);
  }

  private void writeSymbol(ByteBuffer out, int name, int info, int section, long size) {
    out.putInt(name);
    if (wide) {
      out.put((byte) info).put((byte) 0).putShort((short) section).putLong(0).putLong(size);
    } else {
      out.putInt(0).putInt((int) size).put((byte) info).put((byte) 0).putShort((short) section);
    }
  }

  private void writeNeeds(ByteBuffer out, Map<String, Map<String, Integer>> needs) {
    int file = 0;
    for (Map.Entry<String, Map<String, Integer>> of : needs.entrySet()) {
      int count = of.getValue().size();
      boolean last = ++file == needs.size();
      out.putShort((short) 1).putShort((short) count).putInt(string(of.getKey())).putInt(16);
      out.putInt(last ? 0 : 16 + 16 * count);
      int aux = 0;
      for (Map.Entry<String, Integer> version : of.getValue().entrySet()) {
        out.putInt(0).putShort((short) 0).putShort(version.getValue().shortValue());
        out.putInt(string(version.getKey())).putInt(++aux == count ? 0 : 16);
      }
    }
  }

  private void writeDefinitions(ByteBuffer out, Map<String, Integer> definitions) {
    int done = 0;
    for (Map.Entry<String, Integer> version : definitions.entrySet()) {
      out.putShort((short) 1).putShort((short) 0).putShort(version.getValue().shortValue());
      out.putShort((short) 1).putInt(0).putInt(20);
      out.putInt(++done == definitions.size() ? 0 : 28);
      out.putInt(string(version.getKey())).putInt(0);
    }
  }
}
