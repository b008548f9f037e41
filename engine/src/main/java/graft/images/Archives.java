package graft.images;

import graft.archive.ArchiveReader;
import graft.archive.ArchiveWriter;
import graft.content.ContentStore;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.Progress.Phase;
import graft.layer.Compression;
import graft.layer.Limits;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.snapshot.LayerStore;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Images to and from archives (`save` and `load`). An uncompressed layer goes straight into the
/// layer store as it streams by; a compressed one rests in the content store until it is known what
/// it is.
public final class Archives {
  private static final int MAGIC = 512;

  /// @param name as the archive gave it; empty for an image without a name
  public record Loaded(ImageRecord image, Optional<Reference> name) {
    /// What Docker prints: the name, or the id of an image without one.
    public String shownName() {
      return name.map(Reference::familiar).orElse(image.id().toString());
    }
  }

  /// What is to be saved: an image and those of its names that were meant.
  public record Chosen(ImageRecord image, List<Reference> names) {
    public Chosen {
      names = List.copyOf(names);
    }
  }

  private final ContentStore content;
  private final LayerStore layers;
  private final Catalog catalog;
  private final Leases leases;
  private final Sweep sweep;

  Archives(ContentStore content, LayerStore layers, Catalog catalog, Leases leases, Sweep sweep) {
    this.content = content;
    this.layers = layers;
    this.catalog = catalog;
    this.leases = leases;
    this.sweep = sweep;
  }

  List<Loaded> load(InputStream archive, Optional<Platform> wanted, Progress progress)
      throws IOException, InterruptedException {
    try (Brought brought = new Brought(leases, sweep);
        LayerStore.Batch batch = layers.begin()) {
      Set<Digest> unpacked = new HashSet<>();
      List<ArchiveReader.Loaded> found =
          ArchiveReader.read(
              archive,
              Limits.DEFAULT,
              wanted.orElseGet(Platform::host),
              bytes -> keep(brought, batch, bytes, unpacked, progress));
      if (wanted.isPresent()) {
        found =
            found.stream().filter(l -> l.image().config().platform().serves(wanted.get())).toList();
        if (found.isEmpty()) {
          throw GraftException.notFound("the archive has no image for " + wanted.get());
        }
      }
      for (ArchiveReader.Loaded loaded : found) {
        brought.hold(loaded.image().config().diffIds());
        unpack(batch, loaded.image(), unpacked, progress);
      }
      batch.commit();
      List<Loaded> all = new ArrayList<>();
      for (ArchiveReader.Loaded loaded : found) {
        all.addAll(record(brought, loaded));
      }
      brought.keep();
      return all;
    }
  }

  private Digest keep(
      Brought brought,
      LayerStore.Batch batch,
      InputStream bytes,
      Set<Digest> unpacked,
      Progress progress)
      throws IOException {
    BufferedInputStream in = new BufferedInputStream(bytes, 256 * 1024);
    if (isTar(in)) {
      LayerStore.Info info = batch.add(Optional.empty(), in, List.of(), _ -> {});
      unpacked.add(info.diffId());
      progress.layer(info.diffId(), Phase.COMPLETE, info.tarSize(), info.tarSize());
      return info.diffId();
    }
    try (ContentStore.Ingest ingest = content.ingest()) {
      byte[] buffer = new byte[256 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        ingest.write(ByteBuffer.wrap(buffer, 0, n));
      }
      Digest digest = ingest.commit();
      brought.made(digest);
      return digest;
    }
  }

  /// An uncompressed tar: the magic of its first header, or the zeros of an empty archive.
  private static boolean isTar(BufferedInputStream in) throws IOException {
    if (Compression.detect(in) != Compression.NONE) {
      return false;
    }
    in.mark(MAGIC);
    byte[] head = in.readNBytes(MAGIC);
    in.reset();
    if (head.length < MAGIC) {
      return false;
    }
    boolean magic = head[257] == 'u' && head[258] == 's' && head[259] == 't';
    boolean empty = true;
    for (byte b : head) {
      empty &= b == 0;
    }
    return magic || empty;
  }

  private void unpack(LayerStore.Batch batch, Image image, Set<Digest> unpacked, Progress progress)
      throws IOException {
    List<Digest> diffIds = image.config().diffIds();
    for (int i = 0; i < diffIds.size(); i++) {
      Image.Layer layer = image.layers().get(i);
      if (unpacked.contains(layer.diffId()) || layers.info(layer.diffId()).isPresent()) {
        continue;
      }
      if (content.info(layer.blob().digest()).isEmpty()) {
        throw GraftException.corrupt(
            "the archive promises the layer "
                + layer.diffId()
                + ", but none of its files has that content");
      }
      try (InputStream tar = Compression.decompress(content.open(layer.blob().digest()))) {
        batch.add(
            Optional.of(layer.diffId()),
            tar,
            List.copyOf(diffIds.subList(0, i)).reversed(),
            n -> progress.layer(layer.diffId(), Phase.EXTRACTING, n, 0));
      }
      unpacked.add(layer.diffId());
    }
  }

  private List<Loaded> record(Brought brought, ArchiveReader.Loaded loaded)
      throws IOException, InterruptedException {
    Image image = loaded.image();
    List<Digest> blobs = new ArrayList<>();
    blobs.add(image.manifest().raw().digest());
    blobs.add(image.config().raw().digest());
    image.manifest().layers().stream()
        .map(Descriptor::digest)
        .filter(d -> content.info(d).isPresent())
        .forEach(blobs::add);
    brought.hold(blobs);
    content.put(image.manifest().config().mediaType(), image.config().raw().bytes());
    content.put(image.manifest().mediaType(), image.manifest().raw().bytes());
    long size = 0;
    for (Digest diffId : image.config().diffIds()) {
      size += layers.info(diffId).map(LayerStore.Info::size).orElse(0L);
    }
    List<Reference> names = loaded.names().stream().map(Reference::withDefaultTag).toList();
    ImageRecord record =
        catalog.add(
            RecordOf.image(
                image, size, Optional.empty(), List.of(), blobs, Instant.now(), Map.of()),
            names);
    List<Loaded> all = new ArrayList<>();
    names.forEach(name -> all.add(new Loaded(record, Optional.of(name))));
    if (all.isEmpty()) {
      all.add(new Loaded(record, Optional.empty()));
    }
    return all;
  }

  /// What these names mean; a name without a tag means all tags of the repository.
  List<Chosen> choose(List<String> names) {
    Catalog.Picture picture = catalog.picture();
    List<Chosen> all = new ArrayList<>();
    for (String name : names) {
      Optional<Reference> reference = parse(name);
      boolean bare =
          reference.isPresent()
              && reference.get().tag().isEmpty()
              && reference.get().digest().isEmpty();
      if (bare) {
        String repository = reference.get().name();
        List<Chosen> tags =
            picture.list().stream()
                .map(image ->
                    new Chosen(
                        image,
                        image.names().stream().filter(n -> n.name().equals(repository)).toList()))
                .filter(c -> !c.names().isEmpty())
                .toList();
        if (!tags.isEmpty()) {
          all.addAll(tags);
          continue;
        }
      }
      ImageRecord image =
          Lookup.find(picture, name)
              .orElseThrow(() ->
                  GraftException.notFound(
                      bare ? "No such image: " + name : "reference does not exist"));
      List<Reference> meant =
          reference.map(Reference::withDefaultTag).filter(image.names()::contains).stream()
              .toList();
      all.add(new Chosen(image, meant));
    }
    return all;
  }

  private static Optional<Reference> parse(String name) {
    try {
      return Optional.of(Reference.parse(name));
    } catch (GraftException e) {
      return Optional.empty();
    }
  }

  void save(List<Chosen> chosen, OutputStream out) throws IOException {
    List<ArchiveWriter.Saved> all = new ArrayList<>();
    for (Chosen c : chosen) {
      all.add(new ArchiveWriter.Saved(Opened.of(content, c.image()), c.names()));
    }
    ArchiveWriter.write(
        all,
        new ArchiveWriter.Tars() {
          @Override
          public long size(Digest diffId) {
            return layers
                .info(diffId)
                .orElseThrow(() -> GraftException.notFound("layer " + diffId + " is not here"))
                .tarSize();
          }

          @Override
          public InputStream open(Digest diffId) throws IOException {
            return layers.tar(diffId);
          }
        },
        out);
  }
}
