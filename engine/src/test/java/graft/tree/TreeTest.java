package graft.tree;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Digest;
import graft.tree.Tree.Edge;
import graft.tree.Tree.Leaf;
import graft.tree.Tree.Node;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TreeTest {
  private static Digest digest(String name) {
    return Digest.of(name.getBytes(StandardCharsets.UTF_8));
  }

  private static Leaf image(String name, int age, String... layers) {
    return new Leaf(
        digest(name),
        false,
        Set.of(digest("manifest of " + name)),
        List.of(name),
        Stream.of(layers).map(TreeTest::digest).toList(),
        Instant.ofEpochSecond(1000 - age),
        0,
        Optional.empty(),
        Optional.empty(),
        "");
  }

  private static Leaf recorded(Leaf image, String parent) {
    return new Leaf(
        image.id(),
        image.ghost(),
        image.aliases(),
        image.names(),
        image.layers(),
        image.created(),
        image.steps(),
        Optional.of(digest(parent)),
        image.namedBase(),
        image.namedBaseName());
  }

  private static Leaf basedOn(Leaf image, String baseManifest, String baseName) {
    return new Leaf(
        image.id(),
        image.ghost(),
        image.aliases(),
        image.names(),
        image.layers(),
        image.created(),
        image.steps(),
        image.recordedParent(),
        Optional.of(digest(baseManifest)),
        baseName);
  }

  private static Tree tree(Leaf... images) {
    return Tree.of(List.of(images), _ -> 10);
  }

  private static Node node(Tree tree, String name) {
    return tree.node(digest(name)).orElseThrow();
  }

  private static Leaf removed(Leaf image) {
    return new Leaf(
        image.id(),
        true,
        image.aliases(),
        image.names(),
        image.layers(),
        image.created(),
        image.steps(),
        image.recordedParent(),
        image.namedBase(),
        image.namedBaseName());
  }

  @Test
  void anImageThatWasRemovedKeepsItsPlace() {
    Tree t =
        tree(
            image("base", 9, "a"),
            removed(image("mid", 5, "a", "b")),
            image("top", 1, "a", "b", "c"));
    assertThat(node(t, "top").parent()).contains(digest("mid"));
    assertThat(node(t, "mid").ghost()).isTrue();
    assertThat(node(t, "mid").parent()).contains(digest("base"));
    assertThat(node(t, "mid").ownLayers()).containsExactly(digest("b"));
    // One that is here has the same layers: that is the parent.
    t =
        tree(
            removed(image("mid", 5, "a", "b")),
            image("again", 2, "a", "b"),
            image("top", 1, "a", "b", "c"));
    assertThat(node(t, "top").parent()).contains(digest("again"));
  }

  @Test
  void historiesTellApartWhatIsOfOneMoment() {
    Leaf plain = image("z", 1, "a");
    Leaf child =
        new Leaf(
            digest("c"),
            false,
            Set.of(),
            List.of("c"),
            plain.layers(),
            plain.created(),
            1,
            Optional.empty(),
            Optional.empty(),
            "");
    Tree t = tree(child, plain);
    assertThat(node(t, "c").parent()).contains(digest("z"));
    assertThat(node(t, "z").parent()).isEmpty();
  }

  @Test
  void theLongestPrefixIsTheParent() {
    Tree t = tree(image("base", 3, "a"), image("mid", 2, "a", "b"), image("top", 1, "a", "b", "c"));
    assertThat(node(t, "top").parent()).contains(digest("mid"));
    assertThat(node(t, "top").edge()).contains(Edge.PREFIX);
    assertThat(node(t, "mid").parent()).contains(digest("base"));
    assertThat(node(t, "base").parent()).isEmpty();
  }

  @Test
  void theOwnRecordWinsOverAnnotationAndPrefix() {
    Tree t =
        tree(
            image("base", 3, "a"),
            image("other", 3, "x"),
            basedOn(recorded(image("child", 1, "a", "c"), "other"), "manifest of base", "base:1"));
    assertThat(node(t, "child").parent()).contains(digest("other"));
    assertThat(node(t, "child").edge()).contains(Edge.RECORD);
  }

  @Test
  void theAnnotationNamesAManifest() {
    Tree t =
        tree(
            image("base", 3, "a"),
            image("nearer", 3, "p", "q"),
            basedOn(image("child", 1, "p", "q", "c"), "manifest of base", "base:1"));
    assertThat(node(t, "child").parent()).contains(digest("base"));
    assertThat(node(t, "child").edge()).contains(Edge.ANNOTATION);
  }

  @Test
  void aBaseThatIsAwayIsAGhost() {
    Tree t = tree(basedOn(image("child", 1, "a", "c"), "gone", "debian:12"));
    Node ghost = t.node(digest("gone")).orElseThrow();
    assertThat(ghost.ghost()).isTrue();
    assertThat(ghost.names()).containsExactly("debian:12");
    assertThat(t.children(digest("gone"))).extracting(Node::id).containsExactly(digest("child"));
  }

  @Test
  void sameLayersHangUnderTheOlder() {
    Tree t = tree(image("new", 1, "a"), image("old", 9, "a"));
    assertThat(node(t, "new").parent()).contains(digest("old"));
    assertThat(node(t, "old").parent()).isEmpty();
    assertThat(node(t, "new").own()).isZero();
    assertThat(node(t, "new").shared()).isEqualTo(10);
  }

  @Test
  void sizesAreOwnAndShared() {
    Tree t = tree(image("base", 3, "a", "b"), image("child", 1, "a", "b", "c"));
    assertThat(node(t, "child").own()).isEqualTo(10);
    assertThat(node(t, "child").shared()).isEqualTo(20);
    assertThat(node(t, "child").size()).isEqualTo(30);
    assertThat(node(t, "base").own()).isEqualTo(20);
  }

  @Test
  void imagesThatNameEachOtherDoNotLoop() {
    Tree t =
        tree(
            basedOn(image("a", 1, "x"), "manifest of b", "b"),
            basedOn(image("b", 2, "y"), "manifest of a", "a"));
    assertThat(t.nodes()).hasSize(2);
    assertThat(t.roots()).hasSize(1);
  }

  @Test
  void upAndDown() {
    Tree t =
        tree(
            image("base", 4, "a"),
            image("mid", 3, "a", "b"),
            image("left", 2, "a", "b", "l"),
            image("right", 1, "a", "b", "r"));
    assertThat(t.ancestors(digest("left")))
        .extracting(Node::id)
        .containsExactly(digest("mid"), digest("base"));
    assertThat(t.descendants(digest("base")))
        .extracting(Node::id)
        .containsExactly(digest("mid"), digest("left"), digest("right"));
  }
}
