package graft.tree;

import graft.oci.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/// The inheritance tree of a set of images: a pure function of what is known of each.
///
/// **Who is the parent of an image?** In this order: what this machine recorded when the image was
/// made here; the base that the image itself names (`org.opencontainers.image.base.digest`); the
/// image with the longest list of layers that begins this one's. An image whose named base is not
/// here has a *ghost* for a parent: a node that keeps its place, with the layers that it had if it
/// was here once, else without any.
///
/// **Whose bytes are a layer's?** A layer is *own* to the image that adds it, that is, that has it
/// while its parent has not; what an image has from its parent is *shared*. Over the whole tree
/// every layer is counted as own at least once, and an image's size is own + shared.
public final class Tree {
  /// How the edge to the parent is known.
  public enum Edge {
    RECORD,
    ANNOTATION,
    PREFIX
  }

  /// What the tree has to know of an image.
  ///
  /// @param ghost it is here no more, and this is what is kept of it
  /// @param aliases digests by which others may name it: its manifest, the index it came in
  /// @param layers diffIDs, bottom first
  /// @param steps in its history, as far as images of the same layers and the same time are to be
  ///   told apart: a child that changes settings only has more
  public record Leaf(
      Digest id,
      boolean ghost,
      Set<Digest> aliases,
      List<String> names,
      List<Digest> layers,
      Instant created,
      int steps,
      Optional<Digest> recordedParent,
      Optional<Digest> namedBase,
      String namedBaseName) {}

  /// One image in its place. Sizes are in bytes.
  public record Node(
      Digest id,
      List<String> names,
      boolean ghost,
      Optional<Digest> parent,
      Optional<Edge> edge,
      List<Digest> layers,
      List<Digest> ownLayers,
      Instant created,
      long own,
      long shared) {
    public long size() {
      return own + shared;
    }
  }

  private final Map<Digest, Node> nodes;
  private final Map<Digest, List<Node>> children = new HashMap<>();

  private Tree(Map<Digest, Node> nodes) {
    this.nodes = nodes;
    nodes
        .values()
        .forEach(n ->
            n.parent().ifPresent(p -> children.computeIfAbsent(p, _ -> new ArrayList<>()).add(n)));
    children.values().forEach(list -> list.sort(ORDER));
  }

  private static final Comparator<Node> ORDER =
      Comparator.comparing((Node n) -> n.names().isEmpty())
          .thenComparing(n -> n.names().isEmpty() ? n.id().hex() : n.names().getFirst());

  /// @param sizeOf the bytes of a layer, by diffID
  public static Tree of(Collection<Leaf> images, ToLongFunction<Digest> sizeOf) {
    Map<Digest, Leaf> byId = new LinkedHashMap<>();
    Map<Digest, Digest> byAlias = new HashMap<>();
    Map<List<Digest>, Leaf> byLayers = new HashMap<>();
    for (Leaf image : images) {
      byId.put(image.id(), image);
      byAlias.put(image.id(), image.id());
      image.aliases().forEach(a -> byAlias.putIfAbsent(a, image.id()));
      byLayers.merge(image.layers(), image, Tree::older);
    }
    Map<Digest, Node> nodes = new LinkedHashMap<>();
    Map<Digest, Parent> parents = new HashMap<>();
    for (Leaf image : images) {
      parent(image, byId, byAlias, byLayers)
          .filter(p -> !wouldCycle(image.id(), p.id(), parents))
          .ifPresent(p -> parents.put(image.id(), p));
    }
    for (Leaf image : images) {
      Optional<Parent> parent = Optional.ofNullable(parents.get(image.id()));
      List<Digest> inherited =
          parent.map(p -> byId.get(p.id())).map(Leaf::layers).orElse(List.of());
      Set<Digest> fromParent = new HashSet<>(inherited);
      List<Digest> own =
          image.layers().stream().filter(l -> !fromParent.contains(l)).distinct().toList();
      long total = image.layers().stream().distinct().mapToLong(sizeOf).sum();
      long ownBytes = own.stream().mapToLong(sizeOf).sum();
      nodes.put(
          image.id(),
          new Node(
              image.id(),
              image.names(),
              image.ghost(),
              parent.map(Parent::id),
              parent.map(Parent::edge),
              image.layers(),
              own,
              image.created(),
              ownBytes,
              total - ownBytes));
      parent
          .filter(p -> !byId.containsKey(p.id()))
          .ifPresent(p -> nodes.putIfAbsent(p.id(), ghost(p.id(), image)));
    }
    return new Tree(nodes);
  }

  private record Parent(Digest id, Edge edge) {}

  private static final Comparator<Leaf> AGE =
      Comparator.comparing(Leaf::created).thenComparingInt(Leaf::steps).thenComparing(Leaf::id);

  /// One that is here before one that was.
  private static Leaf older(Leaf a, Leaf b) {
    if (a.ghost() != b.ghost()) {
      return a.ghost() ? b : a;
    }
    return AGE.compare(a, b) <= 0 ? a : b;
  }

  private static Optional<Parent> parent(
      Leaf image,
      Map<Digest, Leaf> byId,
      Map<Digest, Digest> byAlias,
      Map<List<Digest>, Leaf> byLayers) {
    Optional<Digest> recorded = image.recordedParent().filter(byId::containsKey);
    if (recorded.isPresent()) {
      return recorded.map(p -> new Parent(p, Edge.RECORD));
    }
    Optional<Digest> named = image.namedBase().map(byAlias::get).filter(p -> !p.equals(image.id()));
    if (named.isPresent()) {
      return named.map(p -> new Parent(p, Edge.ANNOTATION));
    }
    // An image that says who its base is and whose base is away hangs on the ghost of it, unless
    // something nearer is here: layers do not lie.
    Optional<Leaf> prefix = longestPrefix(image, byLayers);
    if (prefix.isPresent()) {
      return prefix.map(p -> new Parent(p.id(), Edge.PREFIX));
    }
    if (image.recordedParent().isPresent()) {
      return image.recordedParent().map(p -> new Parent(p, Edge.RECORD));
    }
    return image.namedBase().map(p -> new Parent(p, Edge.ANNOTATION));
  }

  private static Optional<Leaf> longestPrefix(Leaf image, Map<List<Digest>, Leaf> byLayers) {
    for (int n = image.layers().size(); n > 0; n--) {
      Leaf candidate = byLayers.get(image.layers().subList(0, n));
      boolean same = n == image.layers().size();
      if (candidate != null
          && !candidate.id().equals(image.id())
          && (!same || AGE.compare(candidate, image) < 0)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  private static boolean wouldCycle(Digest child, Digest parent, Map<Digest, Parent> parents) {
    Digest at = parent;
    for (int i = 0; i <= parents.size(); i++) {
      if (at.equals(child)) {
        return true;
      }
      Parent next = parents.get(at);
      if (next == null) {
        return false;
      }
      at = next.id();
    }
    return true;
  }

  private static Node ghost(Digest id, Leaf child) {
    List<String> names =
        child.namedBase().filter(id::equals).isPresent() && !child.namedBaseName().isEmpty()
            ? List.of(child.namedBaseName())
            : List.of();
    return new Node(
        id,
        names,
        true,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        Instant.EPOCH,
        0,
        0);
  }

  /// All nodes, parents before their children, in a stable order.
  public List<Node> nodes() {
    List<Node> ordered = new ArrayList<>();
    roots().forEach(root -> walk(root, ordered));
    return ordered;
  }

  private void walk(Node node, List<Node> into) {
    into.add(node);
    children(node.id()).forEach(child -> walk(child, into));
  }

  public List<Node> roots() {
    return nodes.values().stream().filter(n -> n.parent().isEmpty()).sorted(ORDER).toList();
  }

  public Optional<Node> node(Digest id) {
    return Optional.ofNullable(nodes.get(id));
  }

  public List<Node> children(Digest id) {
    return children.getOrDefault(id, List.of());
  }

  /// The way up, nearest first.
  public List<Node> ancestors(Digest id) {
    List<Node> up = new ArrayList<>();
    Optional<Node> at = node(id).flatMap(Node::parent).flatMap(this::node);
    while (at.isPresent()) {
      up.add(at.get());
      at = at.get().parent().flatMap(this::node);
    }
    return up;
  }

  /// All that inherit from this image, nearest first.
  public List<Node> descendants(Digest id) {
    List<Node> down = new ArrayList<>();
    for (Node child : children(id)) {
      walk(child, down);
    }
    return down;
  }
}
