package graft.images;

import graft.content.ContentStore;
import graft.error.GraftException;
import graft.image.Bundle;
import graft.image.Image;
import graft.images.Progress.Phase;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import graft.registry.BlobSource;
import graft.registry.Repository;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// From images of this machine to a registry: layers first, several at once, then the configs, the
/// manifest last.
///
/// An image that was pulled is pushed as it was: the same manifest, the same digest. A layer that
/// was made here exists uncompressed; it is packed while it is sent, and the manifest is written
/// anew with the packed layer. Which blob a layer became is remembered, so that it is packed once
/// and the next push finds it there.
final class Push {
  private final ContentStore content;
  private final LayerStore layers;
  private final Catalog catalog;
  private final PackedLayers packed;

  Push(ContentStore content, LayerStore layers, Catalog catalog, PackedLayers packed) {
    this.content = content;
    this.layers = layers;
    this.catalog = catalog;
    this.packed = packed;
  }

  Descriptor push(
      Repository repository, Reference name, ImageRecord record, Image image, Progress progress)
      throws IOException, InterruptedException {
    progress.begins(name, record.manifest().digest());
    List<String> siblings = siblings(name, record.diffIds());
    Map<Digest, Descriptor> sent =
        layers(repository, image.layers(), Packing.GZIP, siblings, progress);
    Document.Manifest manifest = manifest(image, sent);
    repository.push(
        image.manifest().config(),
        BlobSource.of(content, image.config().id()),
        siblings,
        graft.registry.Progress.NONE);
    Descriptor pushed = repository.push(manifest, name.tag());
    remember(List.of(name), record.id(), List.of(manifest), List.of());
    return pushed;
  }

  /// Pushes images under several names of one repository.
  ///
  /// @param tags under which they are to be found; none for their digest alone
  Bundle push(Repository repository, Export export, List<Reference> tags, Progress progress)
      throws IOException, InterruptedException {
    Reference name = tags.getFirst();
    List<String> siblings =
        siblings(name, export.layers().stream().map(Image.Layer::diffId).toList());
    Bundle bundle =
        export.bundle(layers(repository, export.layers(), export.packing(), siblings, progress));
    for (Bundle.Small small : bundle.documents()) {
      repository.push(
          small.descriptor(),
          offset -> new ByteArrayInputStream(small.bytes(), (int) offset, small.bytes().length),
          siblings,
          graft.registry.Progress.NONE);
    }
    for (Document.Manifest manifest : bundle.manifests()) {
      repository.push(manifest, Optional.empty());
    }
    for (Reference tag : tags) {
      repository.push(bundle.top(), tag.tag());
    }
    for (Bundle.Part part : export.parts()) {
      List<Document> documents = new ArrayList<>(List.of(bundle.top()));
      bundle.manifests().stream()
          .filter(m -> m.config().digest().equals(part.image().config().id()))
          .forEach(documents::add);
      // Each build says something else of the same image; what it said before is of no use.
      remember(tags, part.image().config().id(), documents, tags);
    }
    return bundle;
  }

  private Map<Digest, Descriptor> layers(
      Repository repository,
      List<Image.Layer> all,
      Packing packing,
      List<String> siblings,
      Progress progress)
      throws IOException, InterruptedException {
    all.forEach(layer -> progress.layer(layer.diffId(), Phase.PREPARING, 0, 0));
    return AtOnce.each(all, layer -> layer(repository, layer, packing, siblings, progress));
  }

  /// Repositories of the same registry that have one of these layers: from there blobs can be
  /// mounted instead of sent.
  private List<String> siblings(Reference name, Collection<Digest> diffIds) {
    return catalog.picture().list().stream()
        .filter(other -> other.diffIds().stream().anyMatch(diffIds::contains))
        .flatMap(other -> other.digests().stream())
        .filter(d -> d.registry().equals(name.registry()))
        .map(Reference::repository)
        .filter(r -> !r.equals(name.repository()))
        .distinct()
        .limit(3)
        .toList();
  }

  private Descriptor layer(
      Repository repository,
      Image.Layer layer,
      Packing packing,
      List<String> siblings,
      Progress progress)
      throws IOException {
    Digest shown = layer.diffId();
    Optional<Descriptor> original = packed.original(layer, packing);
    if (original.isPresent()) {
      Descriptor blob = original.get();
      return known(
          repository, blob, BlobSource.of(content, blob.digest()), siblings, shown, progress);
    }
    Optional<Descriptor> before = packed.before(layer.diffId(), packing);
    for (Descriptor candidate : candidates(layer, packing, before)) {
      if (repository.hasBlob(candidate.digest())) {
        progress.layer(shown, Phase.EXISTS, 0, 0);
        return candidate;
      }
    }
    if (before.isPresent() && repository.mount(before.get().digest(), siblings)) {
      progress.layer(shown, Phase.MOUNTED, 0, 0);
      return before.get();
    }
    long total = layers.info(layer.diffId()).map(LayerStore.Info::tarSize).orElse(0L);
    progress.layer(shown, Phase.PUSHING, 0, total);
    Descriptor made;
    try (InputStream in = packed.open(layer.diffId(), packing)) {
      made =
          repository.push(
              packing.mediaType(),
              in,
              (done, _) -> progress.layer(shown, Phase.PUSHING, Math.min(done, total), total));
    }
    packed.remember(layer.diffId(), packing, made);
    progress.layer(shown, Phase.PUSHED, 0, 0);
    return made;
  }

  /// As what the registry may have the layer already.
  private static List<Descriptor> candidates(
      Image.Layer layer, Packing packing, Optional<Descriptor> before) {
    Descriptor blob = layer.blob();
    List<Descriptor> all = new ArrayList<>();
    if (!blob.digest().equals(layer.diffId()) && packing.takes(blob)) {
      all.add(blob);
    }
    before.ifPresent(all::add);
    return all;
  }

  private static Descriptor known(
      Repository repository,
      Descriptor blob,
      BlobSource source,
      List<String> siblings,
      Digest shown,
      Progress progress) {
    Repository.Pushed how =
        repository.push(
            blob,
            source,
            siblings,
            (done, total) -> progress.layer(shown, Phase.PUSHING, done, total));
    progress.layer(
        shown,
        switch (how) {
          case EXISTS -> Phase.EXISTS;
          case MOUNTED -> Phase.MOUNTED;
          case UPLOADED -> Phase.PUSHED;
        },
        0,
        0);
    return blob;
  }

  /// The image's own manifest where all its layers went out as they are, else one that names what
  /// went out.
  private static Document.Manifest manifest(Image image, Map<Digest, Descriptor> sent) {
    List<Descriptor> blobs = new ArrayList<>();
    boolean same = true;
    for (Image.Layer layer : image.layers()) {
      Descriptor out = sent.get(layer.diffId());
      if (out == null) {
        throw GraftException.internal("layer " + layer.diffId() + " was not sent", null);
      }
      blobs.add(out);
      same &= out.digest().equals(layer.blob().digest());
    }
    if (same) {
      return image.manifest();
    }
    Descriptor config =
        new Descriptor(
            MediaTypes.OCI_CONFIG,
            image.manifest().config().digest(),
            image.manifest().config().size());
    return Document.Manifest.create(config, blobs, image.manifest().annotations());
  }

  /// That the registry knows an image of this machine by these documents, of which the first is
  /// what its names point to there.
  ///
  /// @param forget other digests in the repositories of these
  private void remember(
      List<Reference> names, Digest id, List<? extends Document> documents, List<Reference> forget)
      throws IOException {
    if (catalog.byId(id).isEmpty()) {
      return;
    }
    for (Document document : documents) {
      content.put(document.mediaType(), document.raw().bytes());
    }
    List<Digest> blobs = documents.stream().map(d -> d.raw().digest()).toList();
    List<Reference> digests =
        names.stream().map(name -> name.withDigest(blobs.getFirst())).distinct().toList();
    Optional<ImageRecord> updated =
        catalog.update(
            id,
            now ->
                now.with(
                    now.names(),
                    Stream.concat(
                            now.digests().stream()
                                .filter(
                                    d -> forget.stream().noneMatch(f -> f.name().equals(d.name()))),
                            digests.stream())
                        .distinct()
                        .sorted((a, b) -> a.toString().compareTo(b.toString()))
                        .toList(),
                    Stream.concat(now.blobs().stream(), blobs.stream()).distinct().toList(),
                    now.tagged()));
    if (updated.isEmpty()) {
      for (Digest blob : blobs) {
        content.delete(blob);
      }
    }
  }
}
