package graft.lineage;

import static java.util.Objects.requireNonNull;

import graft.advisory.Advisories;
import graft.advisory.Matches;
import graft.advisory.Subject;
import graft.advisory.Vex;
import graft.facts.Entry;
import graft.facts.Inventories;
import graft.facts.LayerFacts;
import graft.images.ImageRecord;
import graft.inventory.Bytes;
import graft.inventory.Evidence;
import graft.inventory.Inventory;
import graft.inventory.PackageFiles;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.tree.Tree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Images in a tree, of layers that are said in words: `path=text` a file, `-path` a whiteout. What
/// files say of packages is read as it always is.
final class SyntheticTree {
  static final String STATUS = "var/lib/dpkg/status";
  static final String DEBIAN = "etc/os-release=ID=debian\nVERSION_ID=\"12\"\n";

  private record Image(String name, Optional<String> recorded, List<LayerFacts> layers) {}

  private final Map<String, Image> images = new LinkedHashMap<>();
  private int made;

  static Digest id(String image) {
    return Digest.of(image.getBytes(StandardCharsets.UTF_8));
  }

  /// @param recorded whether this machine knows that it was made of its parent
  /// @param own each a layer, bottom first; none for an image that changes settings only
  void image(String name, Optional<String> parent, boolean recorded, List<List<String>> own) {
    List<LayerFacts> layers =
        new ArrayList<>(parent.map(p -> requireNonNull(images.get(p)).layers()).orElse(List.of()));
    own.forEach(words -> layers.add(layer(words)));
    images.put(name, new Image(name, recorded ? parent : Optional.empty(), layers));
  }

  private LayerFacts layer(List<String> words) {
    TreeMap<String, Entry> entries = new TreeMap<>();
    TreeMap<String, Evidence> evidence = new TreeMap<>();
    for (String word : words) {
      if (word.startsWith("-")) {
        entries.put(word.substring(1), new Entry.Whiteout());
        continue;
      }
      int equals = word.indexOf('=');
      String path = word.substring(0, equals);
      byte[] bytes = word.substring(equals + 1).getBytes(StandardCharsets.UTF_8);
      entries.put(path, new Entry.File(0644, 0, 0, bytes.length, Digest.of(bytes), Map.of()));
      try {
        PackageFiles.read(path, bytes, Bytes.of(bytes))
            .evidence()
            .ifPresent(e -> evidence.put(path, e));
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return new LayerFacts(
        Digest.of(("layer " + ++made).getBytes(StandardCharsets.UTF_8)),
        entries,
        new TreeMap<>(),
        new TreeMap<>(),
        evidence,
        List.of());
  }

  /// One stanza of dpkg's database.
  static String stanza(String name, String source, String version) {
    return "Package: "
        + name
        + "\nStatus: install ok installed\nArchitecture: amd64\nSource: "
        + source
        + "\nVersion: "
        + version
        + "\n\n";
  }

  Tree tree() {
    List<Tree.Leaf> leaves = new ArrayList<>();
    for (Image image : images.values()) {
      leaves.add(
          new Tree.Leaf(
              id(image.name()),
              false,
              Set.of(),
              List.of(image.name()),
              image.layers().stream().map(LayerFacts::diffId).toList(),
              Instant.EPOCH.plusSeconds(leaves.size()),
              0,
              image.recorded().map(SyntheticTree::id),
              Optional.empty(),
              ""));
    }
    return Tree.of(leaves, _ -> 1);
  }

  /// What is known of an image.
  ///
  /// @param owners names of images, by layer
  record Traced(
      List<String> owners,
      Inventory top,
      Map<Inventory.Installed, Integer> carriers,
      List<Finding> findings) {
    String carrier(Inventory.Installed one) {
      return owners.get(requireNonNull(carriers.get(one)));
    }
  }

  Lineage.Report report(String name, Advisories advisories, Vex vex) throws IOException {
    Traced traced = trace(tree(), name, advisories, vex);
    List<Digest> layers =
        requireNonNull(images.get(name)).layers().stream().map(LayerFacts::diffId).toList();
    List<Place> places = new ArrayList<>();
    for (int k = 0; k < layers.size(); k++) {
      String owner = traced.owners().get(k);
      Optional<Place.Step> step =
          k == 0
              ? Optional.empty()
              : Optional.of(new Place.Step("COPY . /", "docker/Dockerfile", k + 6));
      places.add(new Place(id(owner), List.of(owner), k, layers.get(k), "layer of " + owner, step));
    }
    ImageRecord image =
        new ImageRecord(
            id(name),
            new Descriptor(MediaTypes.OCI_MANIFEST, id("manifest of " + name), 1),
            layers,
            new Platform("linux", "amd64"),
            Instant.parse("2026-01-02T03:04:05Z"),
            1,
            Map.of(),
            Optional.empty(),
            Optional.empty(),
            List.of(Reference.parse(name)),
            List.of(),
            List.of(),
            Instant.EPOCH,
            Optional.empty());
    Scan scan = new Scan(advisories.status().digest(), traced.top(), traced.findings(), List.of());
    return new Lineage.Report(image, scan, places);
  }

  Traced trace(Tree tree, String name, Advisories advisories) throws IOException {
    return trace(tree, name, advisories, Vex.NONE);
  }

  private Traced trace(Tree tree, String name, Advisories advisories, Vex vex) throws IOException {
    List<LayerFacts> layers = requireNonNull(images.get(name)).layers();
    List<Inventory> states = Inventories.afterEach(layers);
    List<Matches> matches = new ArrayList<>();
    for (Inventory state : states) {
      matches.add(advisories.match(state));
    }
    Map<Inventory.Installed, Integer> carriers =
        Attribution.carriers(states, path -> topmost(layers, path));
    return new Traced(
        Owners.of(tree, tree.node(id(name)).orElseThrow()).stream()
            .map(n -> n.names().getFirst())
            .toList(),
        states.getLast(),
        carriers,
        Attribution.findings(
            matches, advisories.match(states.getLast(), Subject.NONE, vex), carriers));
  }

  private static int topmost(List<LayerFacts> layers, String path) {
    int k = layers.size() - 1;
    while (k > 0 && !layers.get(k).entries().containsKey(path)) {
      k--;
    }
    return k;
  }
}
