package graft.images;

import graft.content.ContentStore;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.snapshot.LayerStore;
import graft.trash.Trash;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Images in the trash: a record with the names they had; their layers and blobs stay where they
/// are, held by the entry.
record RemovedImages(
    Catalog catalog, LayerStore layers, ContentStore content, Sweep sweep, Trash trash)
    implements Trash.Owner {

  List<ImageRecord> list() {
    return trash.list().stream()
        .filter(e -> e.kind() == Trash.Kind.IMAGE)
        .map(e -> Catalog.parse(e.body()))
        .toList();
  }

  /// What no image that is here has as well.
  @Override
  public long measure(Trash.Entry entry) throws IOException {
    Set<Digest> others = new HashSet<>();
    catalog.picture().list().forEach(i -> others.addAll(i.holds()));
    long sum = 0;
    for (String hold : entry.holds()) {
      Digest digest = Digest.parse(hold);
      if (!others.contains(digest)) {
        sum += layers.info(digest).map(LayerStore.Info::size).orElse(0L);
        sum += content.info(digest).map(ContentStore.Info::size).orElse(0L);
      }
    }
    return sum;
  }

  @Override
  public boolean isCalled(Trash.Entry entry, String name) {
    try {
      return Catalog.parse(entry.body()).names().contains(Reference.parse(name).withDefaultTag());
    } catch (GraftException notAReference) {
      return entry.name().equals(name);
    }
  }

  @Override
  public void check(Trash.Entry entry, Optional<String> name) {
    ImageRecord image = Catalog.parse(entry.body());
    for (Digest layer : image.diffIds()) {
      if (layers.info(layer).isEmpty()) {
        throw GraftException.conflict(
            "cannot bring back image " + entry.name() + ": its layer " + layer + " is gone");
      }
    }
    if (name.isPresent()) {
      Reference wanted = Reference.parse(name.get()).withDefaultTag();
      if (catalog.picture().byName().containsKey(wanted)) {
        throw GraftException.conflict(
            "cannot bring back image " + entry.name() + " as " + name.get() + ": that is taken");
      }
    }
  }

  /// A name that another image has by now stays there, and that is said.
  @Override
  public List<String> restore(Trash.Entry entry, Optional<String> name) {
    ImageRecord image = Catalog.parse(entry.body());
    if (name.isPresent()) {
      Reference wanted = Reference.parse(name.get()).withDefaultTag();
      image = image.with(List.of(wanted), image.digests(), image.tagged());
    }
    return catalog.restore(image, List.of(trash.delete(entry))).stream()
        .map(taken -> "another image is called " + taken.familiar() + " by now, and keeps the name")
        .toList();
  }

  @Override
  public void destroy(Trash.Entry entry) throws IOException {
    sweep.unneeded(entry.holds().stream().map(Digest::parse).toList());
  }
}
