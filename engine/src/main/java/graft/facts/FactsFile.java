package graft.facts;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import graft.elf.ElfFacts;
import graft.inventory.Distribution;
import graft.inventory.Evidence;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import graft.inventory.Skipped;
import graft.layer.TarEntry.Name;
import graft.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.zip.CRC32C;

/// A layer's facts as bytes:
///
/// ```
/// "graft-facts" version(1) diffID(32) CRC32C(4) of what follows:
/// unpacked sizes of both parts(4, 4), size of the first part(4), both parts: bytes of zstd
/// ```
///
/// Unpacked they are numbers and texts, see [Packer]. The second part has lists that the first one
/// refers to, see [Apart]. There is no reading of older versions: facts can be made anew, and are.
final class FactsFile {
  static final int VERSION = 3;

  private static final byte[] MAGIC = "graft-facts".getBytes(StandardCharsets.US_ASCII);
  private static final int DIFF_ID = MAGIC.length + 1;
  private static final int SUM = DIFF_ID + 32;
  private static final int HEADER = SUM + 16;
  private static final int LEVEL = 1;

  private FactsFile() {}

  static byte[] bytes(LayerFacts facts) {
    Packer out = new Packer();
    Packer apart = new Packer();
    out.map(facts.entries(), FactsFile::entry);
    out.map(facts.elves(), (o, elf) -> ElfPacking.write(o, elf, apart));
    out.map(facts.shebangs(), Packer::text);
    out.map(facts.evidence(), (o, evidence) -> evidence(o, evidence, apart));
    out.list(
        facts.skipped(),
        (p, one) -> {
          p.text(one.path());
          p.text(one.reason());
        });
    byte[] first = out.bytes();
    byte[] second = apart.bytes();
    byte[] firstPacked = Zstd.compress(first, LEVEL);
    byte[] secondPacked = Zstd.compress(second, LEVEL);
    ByteBuffer file =
        ByteBuffer.allocate(HEADER + firstPacked.length + secondPacked.length)
            .put(MAGIC)
            .put((byte) VERSION)
            .put(HexFormat.of().parseHex(facts.diffId().hex()))
            .position(SUM + 4)
            .putInt(first.length)
            .putInt(second.length)
            .putInt(firstPacked.length)
            .put(firstPacked)
            .put(secondPacked);
    return file.putInt(SUM, sum(file.array())).array();
  }

  private static int sum(byte[] file) {
    CRC32C sum = new CRC32C();
    sum.update(file, SUM + 4, file.length - SUM - 4);
    return (int) sum.getValue();
  }

  /// Empty if they are not the facts of this layer, in this version and whole.
  static Optional<LayerFacts> read(Digest diffId, byte[] bytes) {
    ByteBuffer header = ByteBuffer.wrap(bytes);
    if (bytes.length < HEADER
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || bytes[MAGIC.length] != VERSION
        || !Digest.sha256(Arrays.copyOfRange(bytes, DIFF_ID, DIFF_ID + 32)).equals(diffId)
        || header.getInt(SUM) != sum(bytes)) {
      return Optional.empty();
    }
    try {
      int middle = Math.addExact(HEADER, header.getInt(SUM + 12));
      byte[] first = Arrays.copyOfRange(bytes, HEADER, middle);
      Apart apart =
          new Apart(Arrays.copyOfRange(bytes, middle, bytes.length), header.getInt(SUM + 8));
      Unpacker in = new Unpacker(Zstd.decompress(first, header.getInt(SUM + 4)));
      NavigableMap<String, Entry> entries = in.map(FactsFile::entry);
      NavigableMap<String, ElfFacts> elves = in.map(i -> ElfPacking.read(i, apart));
      NavigableMap<String, String> shebangs = in.map(Unpacker::text);
      NavigableMap<String, Evidence> evidence = in.map(i -> evidence(i, apart));
      List<Skipped> skipped = in.list(i -> new Skipped(i.text(), i.text()));
      return Optional.of(new LayerFacts(diffId, entries, elves, shebangs, evidence, skipped));
    } catch (ZstdException
        | IllegalArgumentException
        | IndexOutOfBoundsException
        | ArithmeticException e) {
      // The sum was right, so whoever wrote it wrote something else.
      return Optional.empty();
    }
  }

  private static void entry(Packer out, Entry entry) {
    switch (entry) {
      case Entry.File f -> {
        out.number(0);
        owned(out, f.mode(), f.uid(), f.gid());
        out.number(f.size());
        out.digest(f.content());
        xattrs(out, f.xattrs());
      }
      case Entry.Directory d -> {
        out.number(d.opaque() ? 2 : 1);
        owned(out, d.mode(), d.uid(), d.gid());
        xattrs(out, d.xattrs());
      }
      case Entry.Link l -> {
        out.number(3);
        out.number(l.uid());
        out.number(l.gid());
        out.text(l.target());
      }
      case Entry.Special s -> {
        out.number(4);
        out.text(s.type().name());
        owned(out, s.mode(), s.uid(), s.gid());
        out.number(s.major());
        out.number(s.minor());
      }
      case Entry.Whiteout _ -> out.number(5);
    }
  }

  private static void owned(Packer out, int mode, long uid, long gid) {
    out.number(mode);
    out.number(uid);
    out.number(gid);
  }

  private static Entry entry(Unpacker in) {
    int kind = in.count();
    return switch (kind) {
      case 0 ->
          new Entry.File(
              in.count(), in.number(), in.number(), in.number(), in.digest(), xattrs(in));
      case 1, 2 -> new Entry.Directory(in.count(), in.number(), in.number(), xattrs(in), kind == 2);
      case 3 -> new Entry.Link(in.number(), in.number(), in.text());
      case 4 ->
          new Entry.Special(
              Entry.Special.Type.valueOf(in.text()),
              in.count(),
              in.number(),
              in.number(),
              in.count(),
              in.count());
      case 5 -> new Entry.Whiteout();
      default -> throw new IllegalArgumentException("no entry of a layer");
    };
  }

  private static void xattrs(Packer out, Map<String, Name> xattrs) {
    out.map(new TreeMap<>(xattrs), (o, value) -> o.blob(value.bytes()));
  }

  private static Map<String, Name> xattrs(Unpacker in) {
    return in.map(i -> Name.of(i.blob()));
  }

  private static void evidence(Packer out, Evidence evidence, Packer apart) {
    switch (evidence) {
      case Evidence.Database(List<Evidence.Listed> packages) -> {
        out.number(0);
        out.list(
            packages,
            (o, one) -> {
              installed(o, one.installed());
              o.list(one.files(), Packer::text);
            });
      }
      case Evidence.Files(List<String> paths) -> {
        out.number(1);
        out.apart(paths, apart, Packer::text);
      }
      case Evidence.Release(Distribution distribution) -> {
        out.number(2);
        out.text(distribution.id());
        out.text(distribution.version());
      }
      case Evidence.Components(List<Installed> packages) -> {
        out.number(3);
        out.list(packages, FactsFile::installed);
      }
    }
  }

  private static Evidence evidence(Unpacker in, Apart apart) {
    Function<Unpacker, Installed> installed = FactsFile::installed;
    return switch (in.count()) {
      case 0 ->
          new Evidence.Database(
              in.list(i -> new Evidence.Listed(installed.apply(i), i.list(Unpacker::text))));
      case 1 -> new Evidence.Files(in.apart(apart, Unpacker::text));
      case 2 -> new Evidence.Release(new Distribution(in.text(), in.text()));
      case 3 -> new Evidence.Components(in.list(installed));
      default -> throw new IllegalArgumentException("no evidence of packages");
    };
  }

  private static void installed(Packer out, Installed one) {
    out.text(one.manager().name());
    for (String text :
        List.of(
            one.name(),
            one.version(),
            one.architecture(),
            one.source(),
            one.sourceVersion(),
            one.license(),
            one.maintainer(),
            one.path(),
            one.module(),
            one.owner())) {
      out.text(text);
    }
  }

  private static Installed installed(Unpacker in) {
    return new Installed(
        Manager.valueOf(in.text()),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text(),
        in.text());
  }
}
