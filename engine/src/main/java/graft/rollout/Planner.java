package graft.rollout;

import graft.build.Builds;
import graft.error.GraftException;
import graft.images.AtOnce;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.tree.Tree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/// Which images a change of base concerns, and in which order.
final class Planner {
  /// An image that moves.
  ///
  /// @param level 1 for one whose parent is replaced
  record Moving(Digest image, Digest parent, int level) {}

  private final Tree tree;
  private final Set<Digest> leftAlone;

  private Planner(Tree tree, Set<Digest> leftAlone) {
    this.tree = tree;
    this.leftAlone = leftAlone;
  }

  /// Of the images that are here.
  ///
  /// @param tree of them
  static Planner of(Tree tree, Images images) {
    // What a failed step left is to be looked at as it is.
    return new Planner(
        tree,
        images.list().stream()
            .filter(Builds::isOfFailedStep)
            .map(ImageRecord::id)
            .collect(Collectors.toSet()));
  }

  /// All that stands on an image, but for what stands on the one that takes its place already.
  ///
  /// @param now what takes its place
  List<Moving> below(Digest old, Digest now) {
    Set<Digest> without = new HashSet<>(Set.of(now));
    tree.ancestors(now).forEach(n -> without.add(n.id()));
    tree.descendants(now).forEach(n -> without.add(n.id()));
    return moving(tree.descendants(old), without, Map.of(old, 0));
  }

  /// An image, and what stands on it.
  ///
  /// @param parent that is replaced
  /// @param all with those that stand on it
  List<Moving> with(Digest image, Digest parent, boolean all) {
    List<Moving> moving = new ArrayList<>();
    moving.add(new Moving(image, parent, 1));
    if (all) {
      moving.addAll(moving(tree.descendants(image), Set.of(), Map.of(image, 1)));
    }
    return moving;
  }

  private List<Moving> moving(
      List<Tree.Node> nodes, Set<Digest> without, Map<Digest, Integer> start) {
    Map<Digest, Integer> levels = new LinkedHashMap<>(start);
    Set<Digest> wanted = wanted(nodes);
    List<Moving> all = new ArrayList<>();
    for (Tree.Node node : nodes) {
      Integer above = levels.get(node.parent().orElseThrow());
      if (above != null && wanted.contains(node.id()) && !without.contains(node.id())) {
        levels.put(node.id(), above + 1);
        all.add(new Moving(node.id(), node.parent().orElseThrow(), above + 1));
      }
    }
    all.sort(Comparator.comparingInt(Moving::level));
    return all;
  }

  /// Those with a name, and those that such a one stands on: what former roll-outs replaced is not
  /// rolled out again.
  private Set<Digest> wanted(List<Tree.Node> nodes) {
    Set<Digest> all = new HashSet<>();
    for (Tree.Node node : nodes.reversed()) {
      boolean named = !node.names().isEmpty() && !leftAlone.contains(node.id());
      if (named || all.contains(node.id())) {
        all.add(node.id());
        node.parent().ifPresent(all::add);
      }
    }
    return all;
  }

  /// The parent of an image, which has to be here.
  static Optional<Digest> parent(Tree tree, ImageRecord image) {
    Optional<Digest> parent = tree.node(image.id()).flatMap(Tree.Node::parent);
    if (parent.isPresent() && tree.node(parent.get()).map(Tree.Node::ghost).orElse(true)) {
      throw GraftException.notFound(
          "the base of "
              + BaseOf.title(image)
              + " is not here, and without it nobody knows which layers are its own: pull "
              + tree.node(parent.get())
                  .filter(n -> !n.names().isEmpty())
                  .map(n -> n.names().getFirst() + "@")
                  .orElse("")
              + parent.get());
    }
    return parent;
  }

  /// Judges images, those of one level at the same time.
  static List<Plan.Node> judge(Work work, List<Moving> moving)
      throws IOException, InterruptedException {
    Map<Integer, List<Moving>> levels = new TreeMap<>();
    moving.forEach(m -> levels.computeIfAbsent(m.level(), _ -> new ArrayList<>()).add(m));
    List<Plan.Node> nodes = new ArrayList<>();
    // It is work for processors: more at once would only have more in memory.
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(), Thread.ofVirtual().factory())) {
      for (List<Moving> level : levels.values()) {
        List<Future<Plan.Node>> judging = new ArrayList<>();
        for (Moving one : level) {
          judging.add(
              threads.submit(() -> work.judge(one.image(), one.parent(), one.level()).node()));
        }
        for (Future<Plan.Node> one : judging) {
          nodes.add(AtOnce.result(one, threads));
        }
      }
    }
    return nodes;
  }
}
