package graft.images;

import graft.content.ContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.image.Bundle;
import graft.image.Image;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Repository;
import graft.snapshot.LayerStore;
import graft.trash.Trash;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// The room of the images. Look-ups take no lock; whatever brings an image in writes its name last.
public final class Images {
  static final long LARGEST_DOCUMENT = 1L << 30;

  private final ContentStore content;
  private final LayerStore layers;
  private final Catalog catalog;
  private final Leases leases = new Leases();
  private final Set<Digest> damaged = ConcurrentHashMap.newKeySet();
  private final Events events;
  private final Sweep sweep;
  private final Removal removal;
  private final Growth growth;
  private final Pull pull;
  private final PackedLayers packed;
  private final Push push;
  private final Archives archives;
  private final RemovedImages removed;

  /// Without pins and trash.
  public Images(
      ContentStore content,
      LayerStore layers,
      Db db,
      Events events,
      Function<Digest, List<ImageUser>> users,
      Supplier<List<Digest>> layersOfContainers) {
    this(
        content,
        layers,
        db,
        events,
        users,
        layersOfContainers,
        _ -> false,
        new Trash(db, Trash.Limits.NOTHING));
  }

  /// @param users which containers stand on an image
  /// @param layersOfContainers every layer some container stands on
  /// @param pinned what only goes by force
  /// @param trash where removed images go
  public Images(
      ContentStore content,
      LayerStore layers,
      Db db,
      Events events,
      Function<Digest, List<ImageUser>> users,
      Supplier<List<Digest>> layersOfContainers,
      Predicate<Digest> pinned,
      Trash trash) {
    this.content = content;
    this.layers = layers;
    this.catalog = new Catalog(db);
    this.events = events;
    this.sweep = new Sweep(catalog, content, layers, leases, layersOfContainers, trash);
    this.pull =
        new Pull(
            content,
            layers,
            catalog,
            leases,
            layer -> !layersOfContainers.get().contains(layer) && damaged.remove(layer));
    this.packed = new PackedLayers(content, layers, db);
    this.push = new Push(content, layers, catalog, packed);
    this.archives = new Archives(content, layers, catalog, leases, sweep);
    this.growth = new Growth(content, layers, catalog, leases, sweep);
    this.removal = new Removal(catalog, users, pinned, sweep, trash);
    this.removed = new RemovedImages(catalog, layers, content, sweep, trash);
    trash.owner(Trash.Kind.IMAGE, removed);
  }

  // ---- look-up

  /// Newest first.
  public List<ImageRecord> list() {
    return catalog.picture().list();
  }

  /// Of images that were removed while others derive from them.
  public List<Tombstone> tombstones() {
    return catalog.tombstones();
  }

  /// By reference, id or prefix; NOT_FOUND in Docker's words.
  public ImageRecord find(String name) {
    return Lookup.find(catalog.picture(), name).orElseThrow(() -> Lookup.missing(name));
  }

  /// The same, refusing an image of another platform than was asked for.
  public ImageRecord find(String name, Optional<Platform> platform) {
    ImageRecord image = find(name);
    if (platform.isPresent() && !image.platform().serves(platform.get())) {
      throw GraftException.notFound(
          "image with reference "
              + name
              + " was found but its platform ("
              + image.platform()
              + ") does not match the specified platform ("
              + platform.get()
              + ")");
    }
    return image;
  }

  public Optional<ImageRecord> byId(Digest id) {
    return catalog.byId(id);
  }

  /// Manifest and config of a record.
  public Image open(ImageRecord record) throws IOException {
    return Opened.of(content, record);
  }

  /// Recipes of all images, those in the trash included.
  public Set<Digest> recipes() {
    Set<Digest> all = new HashSet<>();
    catalog
        .picture()
        .byId()
        .values()
        .forEach(i -> i.recipe().ifPresent(r -> all.add(r.document())));
    removed.list().forEach(i -> i.recipe().ifPresent(r -> all.add(r.document())));
    return all;
  }

  /// A recipe, or a list that one names.
  public byte[] document(Digest digest) throws IOException {
    return content.read(digest, LARGEST_DOCUMENT);
  }

  public Leases leases() {
    return leases;
  }

  /// Bytes in each layer, for sizes.
  public long layerSize(Digest diffId) {
    return layers.info(diffId).map(LayerStore.Info::size).orElse(0L);
  }

  /// Where the layers of an image that are here are kept, the uppermost first.
  public List<Path> directories(ImageRecord image) throws IOException {
    List<Path> all = new ArrayList<>();
    for (Digest layer : image.diffIds().reversed()) {
      if (layers.info(layer).isPresent()) {
        all.add(layers.lower(layer));
      }
    }
    return all;
  }

  // ---- in and out

  public record Pulled(ImageRecord image, Digest digest, boolean newer) {}

  public Pulled pull(Repository repository, Reference name, Platform platform, Progress progress)
      throws IOException, InterruptedException {
    Reference wanted = name.withDefaultTag();
    Pull.Result result = pull.pull(repository, wanted, platform, progress);
    announce("pull", wanted.familiar(), result.image(), Map.of("name", wanted.familiarName()));
    return new Pulled(result.image(), result.digest(), result.newer());
  }

  /// The same for an image that is to be known by its manifest's digest only; names stay where they
  /// are.
  public Pulled pullUnnamed(
      Repository repository, Reference name, Platform platform, Progress progress)
      throws IOException, InterruptedException {
    Reference wanted = name.withDefaultTag();
    return switch (repository.resolve(wanted).document()) {
      case Document.Index index ->
          pull(
              repository,
              wanted.withDigest(Pull.select(index, platform, wanted).digest()),
              platform,
              progress);
      case Document.Manifest manifest ->
          pull(repository, wanted.withDigest(manifest.raw().digest()), platform, progress);
    };
  }

  /// The image for another platform that the index names from which an image came, if it is here.
  ///
  /// @param name in whose repository
  public Optional<ImageRecord> sibling(ImageRecord image, Reference name, Platform platform)
      throws IOException {
    Catalog.Picture picture = catalog.picture();
    for (Reference known : image.digests()) {
      Digest digest = known.digest().orElseThrow();
      if (known.name().equals(name.name())
          && content.info(digest).isPresent()
          && Document.parse(content.read(digest, Opened.MAX_DOCUMENT), "")
              instanceof Document.Index index) {
        Optional<ImageRecord> found =
            index
                .select(platform)
                .flatMap(d -> Lookup.byName(picture, name.withDigest(d.digest())));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  /// An image whose layers are here, without being one of this machine's.
  public record Borrowed(ImageRecord record, Image image) {}

  /// Brings an image's layers from a store of blobs that somebody else has.
  ///
  /// @param top digest of a manifest or index
  /// @param lease holds the layers; when it ends, [#dropUnneeded] takes them away
  public Borrowed borrow(
      BlobReader blobs, Digest top, Platform platform, Leases.Lease lease, Progress progress)
      throws IOException, InterruptedException {
    return new Borrow(layers, blobs).run(top, platform, lease, progress);
  }

  /// Pushes one name; the descriptor is that of the manifest that the registry has now.
  public Descriptor push(Repository repository, Reference name, Progress progress)
      throws IOException, InterruptedException {
    Reference wanted = name.withDefaultTag();
    ImageRecord image =
        Lookup.byName(catalog.picture(), wanted)
            .orElseThrow(() ->
                GraftException.notFound(
                    "An image does not exist locally with the tag: " + name.familiarName()));
    Descriptor pushed = push.push(repository, wanted, image, open(image), progress);
    announce("push", wanted.familiar(), image, Map.of("name", wanted.familiarName()));
    return pushed;
  }

  /// Pushes images that need not have a record here, under several names of one repository.
  ///
  /// @param names one at least; with `byDigest` only their repository counts
  /// @return what the registry has now
  public Bundle push(
      Repository repository,
      Export export,
      List<Reference> names,
      boolean byDigest,
      Progress progress)
      throws IOException, InterruptedException {
    List<Reference> tags =
        names.stream()
            .map(name -> byDigest ? repositoryOf(name) : name.withDefaultTag())
            .distinct()
            .toList();
    return push.push(repository, export, tags, progress);
  }

  private static Reference repositoryOf(Reference name) {
    return new Reference(name.registry(), name.repository(), Optional.empty(), Optional.empty());
  }

  /// Packs images to be taken elsewhere as files.
  public Packed pack(Export export, Progress progress) throws IOException, InterruptedException {
    return Packed.of(content, packed, new Brought(leases, sweep), export, progress);
  }

  /// Reads an archive that `save` wrote, here or elsewhere.
  ///
  /// @param wanted only images of this platform; NOT_FOUND if there are none
  public List<Archives.Loaded> load(InputStream tar, Optional<Platform> wanted, Progress progress)
      throws IOException, InterruptedException {
    List<Archives.Loaded> loaded = archives.load(tar, wanted, progress);
    loaded.forEach(l ->
        announce(
            "load",
            l.image().id().toString(),
            l.image(),
            Map.of("name", l.image().id().toString())));
    return loaded;
  }

  /// NOT_FOUND if `save` would not find it; an error if it would find another platform.
  public void check(String name, Optional<Platform> platform) {
    for (Archives.Chosen one : archives.choose(List.of(name))) {
      if (platform.isPresent() && !one.image().platform().serves(platform.get())) {
        throw GraftException.internal(
            "no suitable export target found for platform " + platform.get(), null);
      }
    }
  }

  /// Writes these images; a name without tag means all tags of that repository.
  public void save(List<String> names, OutputStream out) throws IOException {
    List<Archives.Chosen> chosen = archives.choose(names);
    archives.save(chosen, out);
    chosen.forEach(c ->
        announce(
            "save",
            c.image().id().toString(),
            c.image(),
            Map.of("name", c.image().id().toString())));
  }

  /// A one-layer image from the tar of a file system.
  public ImageRecord importTar(Growth.Import request, InputStream tar)
      throws IOException, InterruptedException {
    ImageRecord image = growth.importTar(request, tar);
    request.name().ifPresent(n -> tagged(image, n));
    announce("import", image.id().toString(), image, Map.of("name", image.id().toString()));
    return image;
  }

  /// A child of an image: its layers and one more.
  public ImageRecord commit(Growth.Commit request) throws IOException, InterruptedException {
    ImageRecord image = growth.commit(request);
    announce("create", image.id().toString(), image, Map.of("name", image.id().toString()));
    request.name().ifPresent(n -> tagged(image, n));
    return image;
  }

  /// How an image was made, as documents whose form is not this room's business. They are here as
  /// long as the image is, in the trash as well.
  ///
  /// @param document the recipe
  /// @param lists what it names
  /// @param repeats of the document that the image has if it was made before: whether this one says
  ///   nothing else, so that the old one stays
  public record Recipe(byte[] document, List<byte[]> lists, Predicate<byte[]> repeats) {
    public Recipe {
      lists = List.copyOf(lists);
    }

    public Recipe(byte[] document, List<byte[]> lists) {
      this(document, lists, _ -> false);
    }
  }

  /// Keeps an image that was made here of layers that are here and held.
  ///
  /// @param names move here from where they were
  /// @param recipe takes the place of the one that the image has if it was made before, unless it
  ///   repeats that
  public ImageRecord keep(Image image, List<Reference> names, Optional<Recipe> recipe)
      throws IOException, InterruptedException {
    ImageRecord record = growth.keep(image, Optional.empty(), names, recipe);
    added(record);
    names.forEach(name -> tagged(record, name));
    return record;
  }

  /// Brings an image whose layers are here and held so far that only its record is missing.
  ///
  /// @param parent to be recorded
  public Ready ready(Image image, Digest parent, Optional<Recipe> recipe)
      throws IOException, InterruptedException {
    return growth.ready(image, Optional.of(parent), List.of(), recipe);
  }

  /// Records these in one transaction.
  ///
  /// @param along is recorded if and only if they are
  public List<ImageRecord> keep(List<Ready> images, List<Db.Change> along) {
    List<ImageRecord> records = growth.keep(images, along);
    records.forEach(this::added);
    return records;
  }

  private void added(ImageRecord image) {
    announce("create", image.id().toString(), image, Map.of("name", image.id().toString()));
  }

  /// Gives an image that came from elsewhere the recipe that came with it.
  public ImageRecord describe(ImageRecord image, Recipe recipe)
      throws IOException, InterruptedException {
    return growth.describe(image, recipe);
  }

  private void tagged(ImageRecord image, Reference name) {
    String familiar = name.withDefaultTag().familiar();
    announce("tag", image.id().toString(), image, Map.of("name", familiar));
  }

  // ---- names

  public void tag(String source, Reference target) {
    ImageRecord image = find(source);
    if (target.registry().equals(Reference.DOCKER_HUB) && target.familiarName().equals("sha256")) {
      throw GraftException.invalid(
          "refusing to create an ambiguous tag using digest algorithm as name");
    }
    if (target.digest().isPresent()) {
      throw GraftException.invalid("refusing to create a tag with a digest reference");
    }
    Reference name = target.withDefaultTag();
    catalog.name(name, image.id());
    tagged(image, name);
  }

  /// A name that is to point to another image.
  ///
  /// @param from where it has to point before; empty for a name that is none
  public record Move(Reference name, Optional<Digest> from, Digest to) {}

  /// Moves names in one transaction: all of them or none. CONFLICT if one of them is not where it
  /// is said to be.
  ///
  /// @param moves each name once
  /// @param along what is written in the same transaction
  public void move(List<Move> moves, List<Db.Change> along) {
    catalog.move(moves, along);
    moves.forEach(m -> catalog.byId(m.to()).ifPresent(image -> tagged(image, m.name())));
  }

  /// Takes away an image that has no name and that nobody was told of, past the trash. Nothing is
  /// done if it has a name or something stands on it.
  public void discard(Digest id) throws IOException {
    removal.discard(id);
  }

  /// @param force see `docker rmi -f`
  /// @param prune also untagged parents that nothing needs
  public List<Removed> remove(String given, boolean force, boolean prune) throws IOException {
    ImageRecord image = given.isBlank() ? null : find(given);
    List<Removed> removed = removal.remove(given, force, prune);
    if (image != null) {
      for (Removed r : removed) {
        switch (r) {
          case Removed.Untagged _ ->
              announce(
                  "untag", image.id().toString(), image, Map.of("name", image.id().toString()));
          case Removed.Deleted d -> {
            if (d.digest().equals(image.id())) {
              // The labels are gone with it.
              String id = image.id().toString();
              events.publish(Event.Type.IMAGE, "delete", id, Map.of("name", id));
            }
          }
        }
      }
    }
    return removed;
  }

  private void announce(
      String action, String id, ImageRecord image, Map<String, String> attributes) {
    Map<String, String> all = new java.util.HashMap<>(image.labels());
    all.putAll(attributes);
    events.publish(Event.Type.IMAGE, action, id, all);
  }

  /// Reads every layer and blob, and tells of each whether it still is what its digest says. A
  /// layer that is not is brought anew by the next pull of an image that has it, unless a container
  /// stands on it.
  public void verify(Verify.Listener listener) throws IOException {
    new Verify(content, layers)
        .all(thing -> {
          if (thing.problem().isEmpty()) {
            damaged.remove(thing.digest());
          } else if (thing.kind() == Verify.Kind.LAYER) {
            damaged.add(thing.digest());
          }
          listener.checked(thing);
        });
  }

  /// Deletes those of these layers that nothing needs any more.
  public void dropUnneeded(List<Digest> candidates) throws IOException {
    sweep.unneeded(candidates);
  }

  /// Deletes what a former engine left half done; returns how many things went.
  public int collect() throws IOException {
    return sweep.all();
  }
}
