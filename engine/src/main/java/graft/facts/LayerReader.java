package graft.facts;

import graft.elf.ElfFacts;
import graft.elf.ElfReader;
import graft.inventory.Bytes;
import graft.inventory.Evidence;
import graft.inventory.PackageFiles;
import graft.inventory.Skipped;
import graft.layer.TarEntry.Name;
import graft.linux.Fd;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.linux.UserNamespace;
import graft.linux.Xattrs;
import graft.oci.Digest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Reads a layer as the layer store keeps it, a directory in overlayfs form, in one walk that
/// follows no link. What it makes is bounded, whatever the layer has: what is beyond is said.
final class LayerReader {
  /// A million files are 300 MB of memory, and more than any image in use has in one layer.
  static final int MOST_ENTRIES = 1_000_000;

  /// Each level keeps a descriptor open.
  static final int DEEPEST = 256;

  /// Strings of what files say of packages, and symbols of programs.
  static final int MOST_FACTS = 4_000_000;

  /// Of a file, by which it is known what it is; the kernel reads as much of a line with `#!`.
  private static final int HEAD = 256;

  private static final int BUFFER = 256 << 10;
  private static final String CAPABILITY = "security.capability";
  private static final byte[] DOT = {'.'};
  private static final String OVERLAY = UserNamespace.own().overlayPrefix();

  private record Inode(int major, int minor, long number) {}

  private record Content(Digest digest, long size) {}

  private final TreeMap<String, Entry> entries = new TreeMap<>();
  private final TreeMap<String, ElfFacts> elves = new TreeMap<>();
  private final TreeMap<String, String> shebangs = new TreeMap<>();
  private final TreeMap<String, Evidence> evidence = new TreeMap<>();
  private final List<Skipped> skipped = new ArrayList<>();
  private final Map<Inode, Content> links = new HashMap<>();
  private final MessageDigest hash = Digest.newSha256();
  private final MemorySegment segment;
  private final byte[] buffer = new byte[BUFFER];
  private final int mostEntries;
  private final Pace pace;
  private long factsLeft = MOST_FACTS;
  private boolean more;

  /// Is called between two pieces of the work, of some hundred kilobytes each, and may take its
  /// time.
  interface Pace {
    void step() throws IOException;
  }

  private LayerReader(MemorySegment segment, int mostEntries, Pace pace) {
    this.segment = segment;
    this.mostEntries = mostEntries;
    this.pace = pace;
  }

  static LayerFacts read(Digest diffId, Path files, Pace pace) throws IOException {
    return read(diffId, files, MOST_ENTRIES, pace);
  }

  static LayerFacts read(Digest diffId, Path files, int mostEntries, Pace pace) throws IOException {
    try (Arena arena = Arena.ofConfined();
        Fd root = LinuxFiles.open(files.toString(), LinuxFiles.O_DIRECTORY)) {
      LayerReader reader = new LayerReader(arena.allocate(BUFFER), mostEntries, pace);
      reader.below(root, "", 0);
      if (reader.more) {
        reader.skipped.add(new Skipped("", "more than " + mostEntries + " files in one layer"));
      }
      return new LayerFacts(
          diffId, reader.entries, reader.elves, reader.shebangs, reader.evidence, reader.skipped);
    }
  }

  private void below(Fd dir, String path, int depth) throws IOException {
    if (depth > DEEPEST) {
      skipped.add(new Skipped(path, "more than " + DEEPEST + " directories in each other"));
      return;
    }
    List<byte[]> names = LinuxFiles.list(dir);
    names.sort(Arrays::compareUnsigned);
    for (byte[] name : names) {
      if (entries.size() >= mostEntries) {
        more = true;
        return;
      }
      entry(dir, name, Paths.child(path, FileNames.of(name)), depth);
    }
  }

  private void entry(Fd dir, byte[] name, String path, int depth) throws IOException {
    Stat s = LinuxFiles.stat(dir.number(), name);
    long uid = s.uid() & 0xffffffffL;
    long gid = s.gid() & 0xffffffffL;
    switch (s.type()) {
      case Stat.DIRECTORY -> {
        try (Fd below =
            LinuxFiles.openat(
                dir.number(), name, LinuxFiles.O_DIRECTORY | LinuxFiles.O_NOFOLLOW, 0)) {
          boolean opaque =
              Xattrs.get(below.number(), DOT, Xattrs.OPAQUE)
                  .filter(v -> Arrays.equals(v, new byte[] {'y'}))
                  .isPresent();
          entries.put(
              path, new Entry.Directory(s.permissions(), uid, gid, xattrs(dir, name), opaque));
          below(below, path, depth + 1);
        }
      }
      case Stat.FILE -> file(dir, name, path, s);
      case Stat.LINK ->
          entries.put(
              path,
              new Entry.Link(uid, gid, FileNames.of(LinuxFiles.readlinkat(dir.number(), name))));
      case Stat.CHAR ->
          entries.put(
              path, s.isWhiteout() ? new Entry.Whiteout() : special(Entry.Special.Type.CHAR, s));
      case Stat.BLOCK -> entries.put(path, special(Entry.Special.Type.BLOCK, s));
      case Stat.FIFO -> entries.put(path, special(Entry.Special.Type.FIFO, s));
      default -> {
        // A socket: no tar has one, so no layer.
      }
    }
  }

  private static Entry special(Entry.Special.Type type, Stat s) {
    return new Entry.Special(
        type,
        s.permissions(),
        s.uid() & 0xffffffffL,
        s.gid() & 0xffffffffL,
        s.rdevMajor(),
        s.rdevMinor());
  }

  /// Those that leave this machine with an image; what else there is belongs to its file system.
  private static Map<String, Name> xattrs(Fd dir, byte[] name) throws IOException {
    Map<String, byte[]> all = Xattrs.all(dir.number(), name);
    if (all.isEmpty()) {
      return Map.of();
    }
    Map<String, Name> kept = new HashMap<>();
    all.forEach((key, value) -> {
      if (key.equals(CAPABILITY) || (key.startsWith("user.") && !key.startsWith(OVERLAY))) {
        kept.put(key, Name.of(value));
      }
    });
    return kept;
  }

  private void file(Fd dir, byte[] name, String path, Stat s) throws IOException {
    Map<String, Name> xattrs = xattrs(dir, name);
    try (Fd fd =
        LinuxFiles.openat(
            dir.number(),
            name,
            LinuxFiles.O_RDONLY | LinuxFiles.O_NOFOLLOW | LinuxFiles.O_NONBLOCK,
            0)) {
      int first = piece(fd);
      byte[] head = Arrays.copyOf(buffer, Math.min(first, HEAD));
      Inode inode = new Inode(s.deviceMajor(), s.deviceMinor(), s.inode());
      Content known = s.links() > 1 ? links.get(inode) : null;
      Content content = known == null ? hash(fd, first) : known;
      if (s.links() > 1) {
        links.put(inode, content);
      }
      entries.put(
          path,
          new Entry.File(
              s.permissions(),
              s.uid() & 0xffffffffL,
              s.gid() & 0xffffffffL,
              content.size(),
              content.digest(),
              xattrs));
      look(path, head, fd);
    }
  }

  /// The next bytes of a file into the buffer; 0 at the end.
  private int piece(Fd fd) throws IOException {
    int n = (int) LinuxFiles.read(fd, segment);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, 0, buffer, 0, n);
    return n;
  }

  /// @param first how many of its bytes are in the buffer already
  private Content hash(Fd fd, int first) throws IOException {
    long size = 0;
    for (int n = first; n > 0; n = piece(fd)) {
      pace.step();
      hash.update(buffer, 0, n);
      size += n;
    }
    return new Content(Digest.sha256(hash.digest()), size);
  }

  private void look(String path, byte[] head, Fd fd) throws IOException {
    if (head.length > 2 && head[0] == '#' && head[1] == '!') {
      shebangs.put(path, shebang(head));
    }
    boolean elf = ElfReader.isElf(head, head.length);
    if (!elf && !PackageFiles.concern(path, head)) {
      return;
    }
    if (factsLeft <= 0) {
      skipped.add(new Skipped(path, "more than " + MOST_FACTS + " facts in one layer before it"));
      return;
    }
    try (FileChannel file = FileChannel.open(Path.of(fd.path()), StandardOpenOption.READ)) {
      if (elf) {
        ElfReader.read(file)
            .ifPresent(facts -> {
              elves.put(path, facts);
              factsLeft -= weight(facts);
            });
      }
      PackageFiles.Found found = PackageFiles.read(path, head, Bytes.of(file));
      found
          .evidence()
          .ifPresent(said -> {
            evidence.put(path, said);
            factsLeft -= weight(said);
          });
      skipped.addAll(found.skipped());
    }
  }

  static long weight(ElfFacts facts) {
    return switch (facts) {
      case ElfFacts.Known known ->
          1L
              + known.needed().size()
              + known.versionsNeeded().size()
              + known.versionsDefined().size()
              + known.imports().size()
              + known.exports().size()
              + known.copies().size();
      case ElfFacts.Unreadable _ -> 1;
    };
  }

  static long weight(Evidence evidence) {
    return switch (evidence) {
      case Evidence.Database(List<Evidence.Listed> packages) ->
          packages.stream().mapToLong(one -> 10L + one.files().size()).sum();
      case Evidence.Files(List<String> paths) -> paths.size();
      case Evidence.Release _ -> 1;
      case Evidence.Components(List<?> packages) -> 10L * packages.size();
    };
  }

  /// The line without its end, and without what does not fit, as the kernel takes it.
  private static String shebang(byte[] head) {
    int end = 2;
    while (end < head.length && head[end] != '\n') {
      end++;
    }
    return new String(head, 2, end - 2, StandardCharsets.UTF_8).strip();
  }
}
