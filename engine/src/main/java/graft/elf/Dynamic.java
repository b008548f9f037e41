package graft.elf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The entries of a dynamic section. Of a tag that may stand once, the last counts, as for loaders.
final class Dynamic {
  static final long NEEDED = 1;
  static final long HASH = 4;
  static final long STRTAB = 5;
  static final long SYMTAB = 6;
  static final long RELA = 7;
  static final long RELASZ = 8;
  static final long STRSZ = 10;
  static final long SONAME = 14;
  static final long RPATH = 15;
  static final long REL = 17;
  static final long RELSZ = 18;
  static final long PLTREL = 20;
  static final long JMPREL = 23;
  static final long PLTRELSZ = 2;
  static final long RUNPATH = 29;
  static final long GNU_HASH = 0x6ffffef5L;
  static final long VERSYM = 0x6ffffff0L;
  static final long VERDEF = 0x6ffffffcL;
  static final long VERDEFNUM = 0x6ffffffdL;
  static final long VERNEED = 0x6ffffffeL;
  static final long VERNEEDNUM = 0x6fffffffL;

  private final Map<Long, Long> last = new HashMap<>();
  private final List<Long> needed = new ArrayList<>();

  void put(long tag, long value) {
    if (tag == NEEDED) {
      needed.add(value);
    }
    last.put(tag, value);
  }

  List<Long> needed() {
    return needed;
  }

  boolean has(long tag) {
    return last.containsKey(tag);
  }

  /// Zero if it is not there.
  long get(long tag) {
    return last.getOrDefault(tag, 0L);
  }
}
