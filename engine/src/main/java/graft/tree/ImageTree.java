package graft.tree;

import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Tombstone;
import graft.oci.Digest;
import graft.oci.Reference;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The tree of the images of this machine, as they are now.
public final class ImageTree {
  private ImageTree() {}

  public static Tree of(Images images) {
    Map<Look, Long> alike =
        images.list().stream().collect(Collectors.groupingBy(Look::of, Collectors.counting()));
    List<Tree.Leaf> leaves =
        Stream.concat(
                images.list().stream()
                    .map(i ->
                        leaf(i, alike.getOrDefault(Look.of(i), 1L) > 1 ? steps(images, i) : 0)),
                images.tombstones().stream().map(ImageTree::leaf))
            .toList();
    return Tree.of(leaves, images::layerSize);
  }

  /// What images have in common that only their histories tell apart.
  private record Look(List<Digest> layers, Instant created) {
    static Look of(ImageRecord image) {
      return new Look(image.diffIds(), image.created());
    }
  }

  private static int steps(Images images, ImageRecord image) {
    try {
      return images.open(image).config().history().size();
    } catch (IOException | GraftException e) {
      // Removed meanwhile, or damaged: then their ids tell them apart.
      return 0;
    }
  }

  private static Tree.Leaf leaf(ImageRecord image, int steps) {
    return new Tree.Leaf(
        image.id(),
        false,
        image.aliases(),
        image.names().stream().map(Reference::familiar).toList(),
        image.diffIds(),
        image.created(),
        steps,
        image.parent(),
        image.base().flatMap(ImageRecord.Base::digest),
        image.base().map(ImageRecord.Base::name).orElse(""));
  }

  private static Tree.Leaf leaf(Tombstone gone) {
    return new Tree.Leaf(
        gone.id(),
        true,
        gone.aliases(),
        gone.names(),
        gone.diffIds(),
        gone.created(),
        0,
        gone.parent(),
        Optional.empty(),
        "");
  }
}
