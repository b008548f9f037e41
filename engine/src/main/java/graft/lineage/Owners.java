package graft.lineage;

import graft.oci.Digest;
import graft.tree.Tree;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Whose layers an image's layers are: each is of the image nearest to the root that has it, among
/// the image and those it derives from. Pure.
public final class Owners {
  private Owners() {}

  /// The owners of the layers of an image, bottom first. Ancestors whose layers are not the first
  /// ones of the image, as where it was flattened, own none of them.
  public static List<Tree.Node> of(Tree tree, Tree.Node image) {
    List<Tree.Node> rootFirst = new ArrayList<>(tree.ancestors(image.id()));
    Collections.reverse(rootFirst);
    rootFirst.add(image);
    List<Digest> layers = image.layers();
    List<Tree.Node> owners = new ArrayList<>();
    for (Tree.Node node : rootFirst) {
      int size = node.layers().size();
      if (size > owners.size()
          && size <= layers.size()
          && layers.subList(0, size).equals(node.layers())) {
        while (owners.size() < size) {
          owners.add(node);
        }
      }
    }
    return owners;
  }
}
