package graft.elf;

import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Known;
import graft.elf.ElfFacts.Type;
import graft.elf.ElfFacts.Unreadable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads what a loader reads, as it does: by program headers. Section headers are asked only for
/// how many symbols there are, which loaders do not know either.
///
/// Everything that a file claims is checked against its size, and all that is read of one file is
/// bounded: no file costs more than [#MOST_BYTES], [#MOST_SYMBOLS] and [#MOST_TEXT].
public final class ElfReader {
  /// Read of one file. The tables of the largest libraries in use (LLVM, browsers) have 20 MB.
  static final long MOST_BYTES = 128L << 20;

  static final int MOST_SYMBOLS = 1 << 20;

  /// Of all names of a file together: one long name can be that of many symbols.
  static final int MOST_TEXT = 64 << 20;

  /// Bytes at the start of a file by which [#isElf] knows it.
  public static final int IDENT = 20;

  private static final int MOST_HEADERS = 1024;
  private static final int MOST_DYNAMIC = 64 << 10;
  private static final int LONGEST_PATH = 4096;

  private ElfReader() {}

  /// The facts, or empty if it is no ELF file.
  ///
  /// @param file wherever it stands; its position is changed
  /// @throws IOException of the channel alone: a broken file is [Unreadable]
  public static Optional<ElfFacts> read(SeekableByteChannel file) throws IOException {
    Window window = new Window(file, MOST_BYTES);
    if (window.size() < IDENT) {
      return Optional.empty();
    }
    byte[] ident = window.bytes(0, IDENT);
    if (!isElf(ident, IDENT)) {
      return Optional.empty();
    }
    try {
      return Optional.of(read(window, ident));
    } catch (Window.Senseless e) {
      return Optional.of(new Unreadable(e.getMessage()));
    }
  }

  /// True if a file that begins so is worth being read.
  ///
  /// @param length how many bytes of `start` there are: at least [#IDENT], or all of the file
  public static boolean isElf(byte[] start, int length) {
    return length >= IDENT
        && start[0] == 0x7f
        && start[1] == 'E'
        && start[2] == 'L'
        && start[3] == 'F';
  }

  private static ElfFacts read(Window file, byte[] ident) throws IOException {
    if (ident[4] != 1 && ident[4] != 2 || ident[5] != 1 && ident[5] != 2) {
      throw new Window.Senseless("its class or its byte order is none");
    }
    boolean wide = ident[4] == 2;
    boolean big = ident[5] == 2;
    file.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    ByteBuffer header = file.buffer(0, wide ? 64 : 52);
    Type type =
        switch (header.getShort(16)) {
          case 2 -> Type.EXECUTABLE;
          case 3 -> Type.SHARED;
          default -> Type.OTHER;
        };
    Abi abi = new Abi(wide ? 64 : 32, big, Short.toUnsignedInt(header.getShort(18)));
    if (type == Type.OTHER) {
      return nothing(abi, type, Optional.empty());
    }
    Layout layout = new Layout(wide, abi.machine());
    List<Segment> segments = segments(file, header, layout);
    Optional<String> interpreter = Optional.empty();
    Optional<Segment> dynamic = Optional.empty();
    for (Segment s : segments) {
      // What is kept for debuggers alone has the tables of the program, and nothing in them.
      if (s.size == 0) {
        continue;
      }
      if (s.type == Segment.INTERPRETER && interpreter.isEmpty()) {
        interpreter = Optional.of(path(file, s));
      } else if (s.type == Segment.DYNAMIC && dynamic.isEmpty()) {
        dynamic = Optional.of(s);
      }
    }
    if (dynamic.isEmpty()) {
      return nothing(abi, type, interpreter);
    }
    Dynamic entries = dynamic(file, dynamic.get(), layout);
    List<Segment> loaded = segments.stream().filter(s -> s.type == Segment.LOAD).toList();
    return new DynamicReader(file, layout, loaded, entries, sections(file, header, layout))
        .read(abi, type, interpreter);
  }

  private static Known nothing(Abi abi, Type type, Optional<String> interpreter) {
    return new Known(
        abi,
        type,
        interpreter,
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static List<Segment> segments(Window file, ByteBuffer header, Layout layout)
      throws IOException {
    long at = layout.wide ? header.getLong(32) : Integer.toUnsignedLong(header.getInt(28));
    int each = Short.toUnsignedInt(header.getShort(layout.wide ? 54 : 42));
    int count = Short.toUnsignedInt(header.getShort(layout.wide ? 56 : 44));
    if (count == 0) {
      return List.of();
    }
    if (count > MOST_HEADERS) {
      throw new Window.Senseless("it has " + count + " program headers");
    }
    if (each != (layout.wide ? 56 : 32)) {
      throw new Window.Senseless("its program headers have " + each + " bytes each");
    }
    ByteBuffer table = file.buffer(at, (long) each * count);
    List<Segment> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int p = i * each;
      all.add(
          layout.wide
              ? new Segment(
                  table.getInt(p),
                  table.getLong(p + 8),
                  table.getLong(p + 16),
                  table.getLong(p + 32))
              : new Segment(
                  table.getInt(p),
                  Integer.toUnsignedLong(table.getInt(p + 4)),
                  Integer.toUnsignedLong(table.getInt(p + 8)),
                  Integer.toUnsignedLong(table.getInt(p + 16))));
    }
    return all;
  }

  private static String path(Window file, Segment s) throws IOException {
    if (s.size <= 0 || s.size > LONGEST_PATH) {
      throw new Window.Senseless("the name of its interpreter has " + s.size + " bytes");
    }
    byte[] bytes = file.bytes(s.offset, (int) s.size);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
  }

  private static Dynamic dynamic(Window file, Segment s, Layout layout) throws IOException {
    int word = layout.wide ? 8 : 4;
    long count = s.size / (2L * word);
    if (count > MOST_DYNAMIC) {
      throw new Window.Senseless("its dynamic section has " + count + " entries");
    }
    ByteBuffer table = file.buffer(s.offset, count * 2 * word);
    Dynamic all = new Dynamic();
    for (int i = 0; i < count; i++) {
      int p = i * 2 * word;
      long tag = layout.wide ? table.getLong(p) : table.getInt(p);
      if (tag == 0) {
        break;
      }
      all.put(tag, layout.word(table, p + word));
    }
    return all;
  }

  /// How many symbols section headers say there are, by the address of their table.
  private static Sections sections(Window file, ByteBuffer header, Layout layout)
      throws IOException {
    long at = layout.wide ? header.getLong(40) : Integer.toUnsignedLong(header.getInt(32));
    int each = Short.toUnsignedInt(header.getShort(layout.wide ? 58 : 46));
    int count = Short.toUnsignedInt(header.getShort(layout.wide ? 60 : 48));
    long length = (long) each * count;
    if (each != (layout.wide ? 64 : 40) || at <= 0 || at > file.size() - length) {
      return new Sections(-1, 0);
    }
    ByteBuffer table = file.buffer(at, length);
    for (int i = 0; i < count; i++) {
      int p = i * each;
      if (table.getInt(p + 4) == 11) {
        return new Sections(
            layout.word(table, p + (layout.wide ? 16 : 12)),
            layout.word(table, p + (layout.wide ? 32 : 20)) / layout.symbol());
      }
    }
    return new Sections(-1, 0);
  }

  record Sections(long symbolsAt, long symbols) {}

  record Segment(int type, long offset, long address, long size) {
    static final int LOAD = 1;
    static final int DYNAMIC = 2;
    static final int INTERPRETER = 3;
  }

  /// What differs between the classes and the machines.
  record Layout(boolean wide, int machine) {
    int symbol() {
      return wide ? 24 : 16;
    }

    long word(ByteBuffer in, int at) {
      return wide ? in.getLong(at) : Integer.toUnsignedLong(in.getInt(at));
    }

    /// The relocation by which data are copied into the program; -1 where none is known.
    ///
    /// Source: the psABI of each machine.
    int copy() {
      return switch (machine) {
        case 3, 62 -> 5; // i386, x86-64
        case 40 -> 20; // ARM
        case 183 -> 1024; // AArch64
        case 20, 21 -> 19; // PowerPC
        case 22 -> 9; // S390
        case 243, 258 -> 4; // RISC-V, LoongArch
        case 8 -> 126; // MIPS
        case 2, 43 -> 19; // SPARC
        default -> -1;
      };
    }
  }
}
