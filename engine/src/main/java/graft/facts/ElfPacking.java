package graft.facts;

import graft.elf.ElfFacts;
import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Export;
import graft.elf.ElfFacts.Import;
import graft.elf.ElfFacts.Known;
import graft.elf.ElfFacts.Type;
import graft.elf.ElfFacts.Unreadable;
import graft.elf.ElfFacts.VersionNeed;
import java.util.List;
import java.util.Optional;

/// What a dynamic loader reads, as numbers and texts.
final class ElfPacking {
  private ElfPacking() {}

  /// @param symbols where those of all files are
  static void write(Packer out, ElfFacts facts, Packer symbols) {
    switch (facts) {
      case Unreadable(String reason) -> {
        out.number(0);
        out.text(reason);
      }
      case Known known -> {
        out.number(1);
        out.number(known.abi().bits());
        out.number(known.abi().bigEndian() ? 1 : 0);
        out.number(known.abi().machine());
        out.text(known.type().name());
        out.list(known.interpreter().stream().toList(), Packer::text);
        out.list(known.soname().stream().toList(), Packer::text);
        out.list(known.needed(), Packer::text);
        out.list(known.rpath(), Packer::text);
        out.list(known.runpath(), Packer::text);
        out.list(
            known.versionsNeeded(),
            (o, need) -> {
              o.text(need.file());
              o.text(need.version());
              o.number(need.weak() ? 1 : 0);
            });
        out.list(known.versionsDefined(), Packer::text);
        out.apart(
            known.imports(),
            symbols,
            (o, one) -> {
              o.text(one.name());
              o.text(one.version());
              o.text(one.file());
            });
        out.apart(
            known.exports(),
            symbols,
            (o, one) -> {
              o.text(one.name());
              o.text(one.version());
              o.number(one.data() ? 1 : 0);
              o.number(one.size());
            });
        out.list(known.copies(), Packer::text);
      }
    }
  }

  static ElfFacts read(Unpacker in, Apart symbols) {
    if (in.count() == 0) {
      return new Unreadable(in.text());
    }
    return new Known(
        new Abi(in.count(), in.count() == 1, in.count()),
        Type.valueOf(in.text()),
        optional(in),
        optional(in),
        in.list(Unpacker::text),
        in.list(Unpacker::text),
        in.list(Unpacker::text),
        in.list(i -> new VersionNeed(i.text(), i.text(), i.count() == 1)),
        in.list(Unpacker::text),
        in.apart(symbols, i -> new Import(i.text(), i.text(), i.text())),
        in.apart(symbols, i -> new Export(i.text(), i.text(), i.count() == 1, i.number())),
        in.list(Unpacker::text));
  }

  private static Optional<String> optional(Unpacker in) {
    List<String> one = in.list(Unpacker::text);
    return one.isEmpty() ? Optional.empty() : Optional.of(one.getFirst());
  }
}
