package graft.lineage;

import graft.advisory.Advisories;
import graft.advisory.Severity;
import graft.advisory.Subject;
import graft.advisory.Vex;
import graft.build.Recipes;
import graft.error.GraftException;
import graft.facts.Inventories;
import graft.facts.LayerIndexes;
import graft.facts.Root;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.oci.Digest;
import graft.registry.Credentials;
import graft.registry.Registries;
import graft.tree.ImageTree;
import graft.tree.Tree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// Vulnerabilities and packages of the images of this machine, and whose doing they are.
///
/// All questions are answered by what is here: layer indexes, which are made if they are not there
/// yet (seconds for a large layer, once), the advisory database, and recipes.
public final class Lineage {
  private final Images images;
  private final LayerIndexes facts;
  private final Recipes recipes;
  private final Registries registries;
  private final Scanner scanner;

  public Lineage(
      Images images,
      LayerIndexes facts,
      Advisories advisories,
      Recipes recipes,
      Registries registries) {
    this.images = images;
    this.facts = facts;
    this.recipes = recipes;
    this.registries = registries;
    this.scanner = new Scanner(facts, advisories);
  }

  public Tree tree() {
    return ImageTree.of(images);
  }

  /// What is known to be wrong with an image.
  ///
  /// @param places of its layers, bottom first, to which the layers of the findings are indexes
  public record Report(ImageRecord image, Scan scan, List<Place> places) {
    public Report {
      places = List.copyOf(places);
    }

    /// Whether an ancestor has brought it in.
    public boolean inherited(Finding finding) {
      return !places.get(finding.origin()).image().equals(image.id());
    }
  }

  public Report report(ImageRecord image) throws IOException {
    return report(image, Vex.NONE);
  }

  /// The same, where more statements count than those of the database.
  public Report report(ImageRecord image, Vex vex) throws IOException {
    Scan scan = scanner.scan(image.diffIds(), subject(image), vex);
    return new Report(image, scan, places(image, tree()));
  }

  /// Findings of an image, and whose its layers are.
  ///
  /// @param owners bottom first, to which the layers of the findings are indexes
  public record Owned(List<Finding> findings, List<Tree.Node> owners) {
    public Owned {
      findings = List.copyOf(findings);
      owners = List.copyOf(owners);
    }
  }

  /// What a report has, but for how the layers were made: for whoever asks about all images of a
  /// tree. Empty if the image is not here.
  public Optional<Owned> owned(Tree tree, Tree.Node node) throws IOException {
    Optional<ImageRecord> image = images.byId(node.id());
    return image.isEmpty()
        ? Optional.empty()
        : Optional.of(new Owned(findings(image.get()), Owners.of(tree, node)));
  }

  private static Subject subject(ImageRecord image) {
    Set<String> names = new HashSet<>();
    Set<String> digests = new HashSet<>();
    image.names().forEach(n -> names.add(n.familiar()));
    digests.add(image.id().toString());
    digests.add(image.manifest().digest().toString());
    image.digests().forEach(n -> n.digest().ifPresent(d -> digests.add(d.toString())));
    return new Subject(names, digests);
  }

  private List<Place> places(ImageRecord image, Tree tree) throws IOException {
    Tree.Node node = tree.node(image.id()).orElseThrow(() -> gone(image));
    List<Tree.Node> owners = Owners.of(tree, node);
    LayerSteps steps = LayerSteps.of(images, recipes, tree, image);
    List<String> history = steps.history();
    List<Place> places = new ArrayList<>();
    for (int k = 0; k < owners.size(); k++) {
      Digest layer = image.diffIds().get(k);
      places.add(
          new Place(
              owners.get(k).id(),
              owners.get(k).names(),
              k,
              layer,
              history.get(k),
              steps.of(layer)));
    }
    return places;
  }

  private static GraftException gone(ImageRecord image) {
    return GraftException.notFound("image " + image.id() + " was removed meanwhile");
  }

  /// Packages of an image, and the layer that brought each in as it is.
  ///
  /// @param introduced indexes into `places`, for each of the inventory's packages
  public record Packages(
      ImageRecord image,
      Inventory inventory,
      Map<Installed, Integer> introduced,
      List<Place> places) {}

  public Packages packages(ImageRecord image) throws IOException {
    Inventory top = Inventories.of(Root.of(facts.of(image.diffIds())));
    Map<Installed, Integer> introduced =
        image.diffIds().isEmpty()
            ? Map.of()
            : scanner.carriers(image.diffIds(), scanner.inventories(image.diffIds()));
    return new Packages(image, top, introduced, places(image, tree()));
  }

  /// The open findings of images in numbers.
  ///
  /// @param trouble why there are none of an image, by its id
  public record Counted(Map<Digest, Counts> counts, Map<Digest, String> trouble) {}

  /// Several at once: layers that are not indexed yet, then images whose parents are done, as these
  /// have most of it in common.
  ///
  /// @param nodes of the tree; ghosts are passed over
  public Counted counts(Tree tree, List<Tree.Node> nodes) throws IOException {
    Map<Digest, Counts> counts = new ConcurrentHashMap<>();
    Map<Digest, String> trouble = new ConcurrentSkipListMap<>();
    try (AtOnce atOnce = new AtOnce("findings")) {
      atOnce.each(
          nodes.stream().flatMap(n -> missing(n).stream()).distinct().toList(),
          layer -> {
            try {
              var _ = facts.of(layer);
            } catch (GraftException e) {
              // Told of the images that have it.
              return;
            }
          });
      Map<Integer, List<Tree.Node>> levels = new TreeMap<>();
      nodes.forEach(n ->
          levels.computeIfAbsent(tree.ancestors(n.id()).size(), _ -> new ArrayList<>()).add(n));
      for (List<Tree.Node> level : levels.values()) {
        atOnce.each(level, node -> count(tree, node, counts, trouble));
      }
    }
    return new Counted(counts, trouble);
  }

  private List<Digest> missing(Tree.Node node) {
    return images.byId(node.id()).map(ImageRecord::diffIds).orElse(List.of()).stream()
        .filter(layer -> !facts.isMade(layer))
        .toList();
  }

  private void count(
      Tree tree, Tree.Node node, Map<Digest, Counts> counts, Map<Digest, String> trouble)
      throws IOException {
    try {
      Optional<ImageRecord> image = images.byId(node.id());
      if (image.isPresent()) {
        Optional<ImageRecord> parent = node.parent().flatMap(images::byId);
        counts.put(
            node.id(),
            Counts.of(
                node,
                Owners.of(tree, node),
                findings(image.get()),
                parent.isPresent() ? findings(parent.get()) : List.of()));
      }
    } catch (GraftException e) {
      // A layer that is not here; the others are.
      trouble.put(node.id(), e.text());
    }
  }

  private List<Finding> findings(ImageRecord image) throws IOException {
    return scanner.scan(image.diffIds(), subject(image), Vex.NONE).findings();
  }

  /// Whether a scan of an image finds all layers indexed.
  public boolean isIndexed(ImageRecord image) {
    return image.diffIds().stream().allMatch(facts::isMade);
  }

  /// Whether a newer base stands behind the tags that the images of a tree stand on.
  public List<Outdated.Answer> outdated(Credentials credentials) throws InterruptedException {
    return new Outdated(images, registries).all(tree(), credentials);
  }

  /// One vulnerability over all images.
  ///
  /// @param id by which it was found first
  /// @param nodes parents before their children
  public record Vulnerability(String id, String summary, Severity severity, List<Affected> nodes) {}

  /// @param origin it came in with this image
  /// @param carrier this image has a package that has it
  public record Affected(
      Digest image, List<String> names, Finding finding, boolean origin, boolean carrier) {}

  /// Where it is open. NOT_FOUND if it is nowhere.
  public Vulnerability vulnerability(String id) throws IOException {
    Tree tree = tree();
    List<Affected> all = new ArrayList<>();
    for (Tree.Node node : tree.nodes()) {
      Optional<Owned> owned = owned(tree, node);
      if (owned.isEmpty()) {
        continue;
      }
      List<Tree.Node> owners = owned.get().owners();
      for (Finding finding : owned.get().findings()) {
        if (finding.open() && finding.isCalled(id)) {
          all.add(
              new Affected(
                  node.id(),
                  node.names(),
                  finding,
                  owners.get(finding.origin()).id().equals(node.id()),
                  finding.packages().stream()
                      .anyMatch(p -> owners.get(p.carrier()).id().equals(node.id()))));
        }
      }
    }
    if (all.isEmpty()) {
      throw GraftException.notFound("no image here has " + id);
    }
    Finding first = all.getFirst().finding();
    Severity worst =
        all.stream().map(a -> a.finding().severity()).max(Severity::compareTo).orElseThrow();
    return new Vulnerability(first.vulnerability(), first.summary(), worst, all);
  }
}
