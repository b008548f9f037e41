package graft.rollout;

import graft.elf.ElfReader;
import graft.facts.Entry;
import graft.facts.FileNames;
import graft.facts.LayerFacts;
import graft.inventory.Bytes;
import graft.inventory.Evidence;
import graft.inventory.PackageFiles;
import graft.inventory.Skipped;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.rebase.Patch;
import graft.rebase.Patch.Put;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The layer that a patch is written as, before it is: its bytes and its facts. The same patch at
/// the same time has the same bytes.
///
/// @param tar not to be changed
/// @param like the largest of its files as a layer below has it, if one has
record PatchLayer(
    Digest diffId, byte[] tar, LayerFacts facts, Patch patch, Optional<LayerStore.File> like) {
  private static final int HEAD = 256;

  /// Whether [#facts] says all that can be said: nothing of it is a program or a script.
  boolean isTold() {
    return patch.files().values().stream()
        .noneMatch(put ->
            put instanceof Put.File f
                && (ElfReader.isElf(f.content(), Math.min(HEAD, f.content().length))
                    || f.content().length > 1 && f.content()[0] == '#' && f.content()[1] == '!'));
  }

  private static Optional<LayerStore.File> like(Patch patch, List<LayerFacts> below) {
    Optional<String> largest =
        patch.files().entrySet().stream()
            .filter(e -> e.getValue() instanceof Put.File)
            .max(Comparator.comparingInt(e -> ((Put.File) e.getValue()).content().length))
            .map(Map.Entry::getKey);
    return largest.flatMap(path ->
        below.reversed().stream()
            .filter(layer -> layer.entries().get(path) instanceof Entry.File)
            .findFirst()
            .map(layer -> new LayerStore.File(layer.diffId(), path)));
  }

  /// @param below the layers it lies on, bottom first: what directories on the way to its paths are
  static PatchLayer of(Patch patch, Instant time, List<LayerFacts> below) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      for (Map.Entry<String, Put> one : patch.files().entrySet()) {
        byte[] content = one.getValue() instanceof Put.File f ? f.content() : new byte[0];
        tar.write(entry(one.getKey(), one.getValue(), time), new ByteArrayInputStream(content));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write into memory", e);
    }
    byte[] bytes = out.toByteArray();
    Digest diffId = Digest.of(bytes);
    return new PatchLayer(diffId, bytes, facts(diffId, patch, below), patch, like(patch, below));
  }

  private static TarEntry entry(String path, Put put, Instant time) {
    return switch (put) {
      case Put.File f ->
          entry(
              path,
              Type.FILE,
              f.mode(),
              f.uid(),
              f.gid(),
              f.content().length,
              "",
              f.xattrs(),
              time);
      case Put.Directory d ->
          entry(path, Type.DIRECTORY, d.mode(), d.uid(), d.gid(), 0, "", d.xattrs(), time);
      case Put.Link l ->
          entry(path, Type.SYMLINK, 0777, l.uid(), l.gid(), 0, l.target(), Map.of(), time);
      case Put.Nothing _ -> entry(hidden(path), Type.FILE, 0644, 0, 0, 0, "", Map.of(), time);
    };
  }

  /// Source: OCI image-spec, layer.md, "Whiteouts".
  private static String hidden(String path) {
    int slash = path.lastIndexOf('/') + 1;
    return path.substring(0, slash) + ".wh." + path.substring(slash);
  }

  private static TarEntry entry(
      String path,
      Type type,
      int mode,
      long uid,
      long gid,
      long size,
      String target,
      Map<String, Name> xattrs,
      Instant time) {
    return new TarEntry(
        Name.of(FileNames.bytes(path)),
        type,
        mode,
        uid,
        gid,
        size,
        time,
        Name.of(FileNames.bytes(target)),
        0,
        0,
        xattrs);
  }

  private static LayerFacts facts(Digest diffId, Patch patch, List<LayerFacts> below) {
    TreeMap<String, Entry> entries = new TreeMap<>();
    TreeMap<String, Evidence> evidence = new TreeMap<>();
    List<Skipped> skipped = new ArrayList<>();
    patch
        .files()
        .forEach((path, put) -> {
          switch (put) {
            case Put.File f -> {
              entries.put(
                  path,
                  new Entry.File(
                      f.mode(),
                      f.uid(),
                      f.gid(),
                      f.content().length,
                      Digest.of(f.content()),
                      f.xattrs()));
              byte[] head = Arrays.copyOf(f.content(), Math.min(HEAD, f.content().length));
              try {
                PackageFiles.Found found = PackageFiles.read(path, head, Bytes.of(f.content()));
                found.evidence().ifPresent(e -> evidence.put(path, e));
                skipped.addAll(found.skipped());
              } catch (IOException e) {
                throw new UncheckedIOException("cannot read from memory", e);
              }
            }
            case Put.Directory d ->
                entries.put(
                    path, new Entry.Directory(d.mode(), d.uid(), d.gid(), d.xattrs(), false));
            case Put.Link l -> entries.put(path, new Entry.Link(l.uid(), l.gid(), l.target()));
            case Put.Nothing _ -> entries.put(path, new Entry.Whiteout());
          }
        });
    for (String path : List.copyOf(entries.keySet())) {
      for (String up = parent(path); !up.isEmpty(); up = parent(up)) {
        String directory = up;
        entries.computeIfAbsent(directory, d -> directory(below, d));
      }
    }
    return new LayerFacts(diffId, entries, new TreeMap<>(), new TreeMap<>(), evidence, skipped);
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /// As the layer store makes one that a tar does not name.
  private static Entry directory(List<LayerFacts> below, String path) {
    for (LayerFacts layer : below.reversed()) {
      if (layer.entries().get(path) instanceof Entry.Directory d) {
        return new Entry.Directory(d.mode(), d.uid(), d.gid(), d.xattrs(), false);
      }
    }
    return new Entry.Directory(0755, 0, 0, Map.of(), false);
  }
}
