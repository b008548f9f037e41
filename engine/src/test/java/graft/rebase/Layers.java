package graft.rebase;

import graft.elf.ElfFacts;
import graft.elf.ElfFile;
import graft.facts.Contents;
import graft.facts.Entry;
import graft.facts.LayerFacts;
import graft.inventory.Distribution;
import graft.inventory.Evidence;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import graft.inventory.Skipped;
import graft.oci.Digest;
import graft.oci.ImageConfig;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Layers of texts, and where their contents are.
final class Layers implements Contents {
  private final Map<String, byte[]> contents = new HashMap<>();

  @Override
  public InputStream open(Digest diffId, String path) {
    byte[] bytes = contents.get(diffId + " " + path);
    if (bytes == null) {
      throw new AssertionError("there is no " + path + " in " + diffId);
    }
    return new ByteArrayInputStream(bytes);
  }

  static ImageConfig config(String json) {
    return ImageConfig.parse(
        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{"
                + json.replace('\'', '"')
                + "},\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}")
            .getBytes(StandardCharsets.UTF_8));
  }

  Layer layer() {
    return new Layer();
  }

  final class Layer {
    private final TreeMap<String, Entry> entries = new TreeMap<>();
    private final TreeMap<String, byte[]> bytes = new TreeMap<>();
    private final TreeMap<String, ElfFacts> elves = new TreeMap<>();
    private final TreeMap<String, String> shebangs = new TreeMap<>();
    private final TreeMap<String, Evidence> evidence = new TreeMap<>();
    private final List<Skipped> skipped = new ArrayList<>();

    Layer file(String path, String text) {
      return file(path, text, 0644, 0);
    }

    Layer file(String path, String text, int mode, long uid) {
      byte[] content = text.getBytes(StandardCharsets.ISO_8859_1);
      entries.put(
          path, new Entry.File(mode, uid, uid, content.length, Digest.of(content), Map.of()));
      bytes.put(path, content);
      if (text.startsWith("#!")) {
        shebangs.put(path, text.lines().findFirst().orElse("").substring(2).strip());
      }
      if (path.endsWith("os-release")) {
        evidence.put(path, new Evidence.Release(Distribution.parse(text)));
      }
      if (path.equals(Treatments.DPKG_STATUS)) {
        evidence.put(
            path,
            new Evidence.Database(
                new Packages.Reader()
                    .dpkg(text).byKey().values().stream()
                        .map(p ->
                            new Evidence.Listed(
                                new Installed(
                                    Manager.DPKG,
                                    p.name(),
                                    p.version(),
                                    p.architecture(),
                                    p.source(),
                                    p.version(),
                                    "",
                                    ""),
                                List.of()))
                        .toList()));
      }
      if (path.endsWith(".list")) {
        evidence.put(path, new Evidence.Files(text.lines().toList()));
      }
      return this;
    }

    Layer elf(String path, ElfFile file) {
      file(path, new String(file.bytes(), StandardCharsets.ISO_8859_1), 0755, 0);
      elves.put(path, file.facts());
      return this;
    }

    Layer directory(String path, int mode) {
      entries.put(path, new Entry.Directory(mode, 0, 0, Map.of(), false));
      return this;
    }

    Layer opaque(String path) {
      entries.put(path, new Entry.Directory(0755, 0, 0, Map.of(), true));
      return this;
    }

    Layer link(String path, String target) {
      entries.put(path, new Entry.Link(0, 0, target));
      return this;
    }

    /// The path and all below it was never there.
    Layer without(String path) {
      for (Map<String, ?> map : List.of(entries, bytes, elves, shebangs, evidence)) {
        map.keySet().removeIf(p -> p.equals(path) || p.startsWith(path + "/"));
      }
      return this;
    }

    Layer whiteout(String path) {
      entries.put(path, new Entry.Whiteout());
      return this;
    }

    Layer skipped(String path) {
      skipped.add(new Skipped(path, "too deep"));
      return this;
    }

    LayerFacts facts() {
      StringBuilder all = new StringBuilder();
      entries.forEach((p, e) -> all.append(p).append(e));
      Digest diffId = Digest.of(all.toString().getBytes(StandardCharsets.UTF_8));
      bytes.forEach((p, b) -> contents.put(diffId + " " + p, b));
      return new LayerFacts(diffId, entries, elves, shebangs, evidence, skipped);
    }
  }
}
