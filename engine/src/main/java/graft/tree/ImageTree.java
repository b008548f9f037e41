package graft.tree;

import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.Digest;
import graft.oci.Reference;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The tree of the images of this machine, as they are now.
public final class ImageTree {
  private ImageTree() {}

  public static Tree of(Images images) {
    List<Tree.Leaf> leaves = images.list().stream().map(ImageTree::leaf).toList();
    return Tree.of(leaves, images::layerSize);
  }

  private static Tree.Leaf leaf(ImageRecord image) {
    Set<Digest> aliases = new HashSet<>();
    aliases.add(image.manifest().digest());
    // A base is mostly named by the digest of the index it was pulled as.
    image.digests().forEach(name -> name.digest().ifPresent(aliases::add));
    return new Tree.Leaf(
        image.id(),
        aliases,
        image.names().stream().map(Reference::familiar).toList(),
        image.diffIds(),
        image.created(),
        image.parent(),
        image.base().flatMap(ImageRecord.Base::digest),
        image.base().map(ImageRecord.Base::name).orElse(""));
  }
}
