package graft.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.content.FileContentStore;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Events;
import graft.image.Edits;
import graft.image.Image;
import graft.layer.BlockPacker;
import graft.layer.Limits;
import graft.layer.PackedInput;
import graft.layer.TarEntry;
import graft.layer.TarWriter;
import graft.layer.VerifyingInputStream;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig.History;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Images out of a store of blobs that somebody else has, and lies about.
@Tag("root")
class BorrowTest {
  private static final Platform AMD64 = new Platform("linux", "amd64");

  @TempDir Path dir;
  private Db db;
  private LayerStore layers;
  private Images images;
  private Leases.Lease lease;
  private final Blobs blobs = new Blobs();

  @BeforeEach
  void open() throws Exception {
    db = Db.open(dir.resolve("db"));
    layers = DirLayerStore.open(dir, Limits.DEFAULT);
    images =
        new Images(
            FileContentStore.open(dir.resolve("content")),
            layers,
            db,
            new Events(),
            _ -> List.of(),
            List::of);
    lease = images.leases().lease();
  }

  @AfterEach
  void close() throws Exception {
    lease.close();
    db.close();
  }

  /// What a client has; its words and its bytes can be set apart.
  private static final class Blobs implements BlobReader {
    private final Map<Digest, byte[]> all = new HashMap<>();
    private final Map<Digest, Long> sizes = new HashMap<>();

    Descriptor put(String type, byte[] bytes) {
      Digest digest = Digest.of(bytes);
      all.put(digest, bytes);
      return new Descriptor(type, digest, bytes.length);
    }

    byte[] bytes(Digest digest) {
      return all.getOrDefault(digest, new byte[0]);
    }

    @Override
    public Optional<Long> size(Digest digest) {
      return Optional.ofNullable(all.get(digest))
          .map(bytes -> sizes.getOrDefault(digest, (long) bytes.length));
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException {
      byte[] bytes = all.get(blob.digest());
      if (bytes == null) {
        throw new IOException("not found");
      }
      return new VerifyingInputStream(new ByteArrayInputStream(bytes), blob.size(), blob.digest());
    }
  }

  private static byte[] tar(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      tar.write(
          new TarEntry(
              TarEntry.Name.of("file"),
              TarEntry.Type.FILE,
              0644,
              0,
              0,
              text.length(),
              Instant.EPOCH,
              TarEntry.Name.EMPTY,
              0,
              0,
              Map.of()),
          new ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
    return out.toByteArray();
  }

  /// @param content what the layer's blob really holds
  private Image image(byte[] promised, byte[] content) throws IOException {
    byte[] packed;
    try (PackedInput in = new PackedInput(new ByteArrayInputStream(content), BlockPacker.ZLIB)) {
      packed = in.readAllBytes();
    }
    Image image =
        Edits.append(
            Edits.fromScratch(AMD64),
            new Image.Layer(blobs.put(MediaTypes.OCI_LAYER_GZIP, packed), Digest.of(promised)),
            new History(Optional.of(Instant.EPOCH), "x", "", "", false),
            settings -> settings);
    blobs.put(MediaTypes.OCI_CONFIG, image.config().raw().bytes());
    return image;
  }

  private Digest index(Descriptor... manifests) {
    return blobs
        .put(
            MediaTypes.OCI_INDEX, Document.Index.create(List.of(manifests), Map.of()).raw().bytes())
        .digest();
  }

  private Descriptor manifest(Image image, Platform platform) {
    Descriptor plain = blobs.put(MediaTypes.OCI_MANIFEST, image.manifest().raw().bytes());
    return new Descriptor(
        plain.mediaType(), plain.digest(), plain.size(), Map.of(), Optional.of(platform));
  }

  private Images.Borrowed borrow(Digest top) throws Exception {
    return images.borrow(blobs, top, AMD64, lease, Progress.SILENT);
  }

  @Test
  void anImageComesWithItsLayersAndGoesWithItsLease() throws Exception {
    byte[] tar = tar("hello");
    Image image = image(tar, tar);
    Images.Borrowed borrowed = borrow(index(manifest(image, AMD64)));
    assertThat(borrowed.image()).isEqualTo(image);
    assertThat(borrowed.record().id()).isEqualTo(image.config().id());
    assertThat(layers.verify(Digest.of(tar))).isTrue();
    // Nobody else knows of it.
    assertThat(images.list()).isEmpty();
    images.dropUnneeded(List.of(Digest.of(tar)));
    assertThat(layers.info(Digest.of(tar))).isPresent();
    lease.close();
    images.dropUnneeded(List.of(Digest.of(tar)));
    assertThat(layers.info(Digest.of(tar))).isEmpty();
  }

  @Test
  void ofSeveralPlatformsTheRightOneIsTaken() throws Exception {
    byte[] tar = tar("hello");
    Image image = image(tar, tar);
    Digest top = index(manifest(image, new Platform("linux", "arm64")));
    assertThatThrownBy(() -> borrow(top)).hasMessageContaining("no image for the platform");
  }

  @Test
  void aLayerThatIsNotWhatTheConfigSaysIsRefused() throws Exception {
    Image image = image(tar("promised"), tar("another"));
    Digest top = index(manifest(image, AMD64));
    assertThatThrownBy(() -> borrow(top))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CORRUPT));
    assertThat(layers.list()).isEmpty();
  }

  @Test
  void bytesThatAreNotThoseOfTheirDigestAreRefused() throws Exception {
    byte[] tar = tar("hello");
    Image image = image(tar, tar);
    Digest top = index(manifest(image, AMD64));
    for (Digest tampered :
        List.of(
            top,
            image.manifest().raw().digest(),
            image.config().id(),
            image.layers().getFirst().blob().digest())) {
      byte[] good = blobs.bytes(tampered);
      byte[] bad = good.clone();
      // The last byte: of a gzip file one that unpacking does not look at.
      bad[bad.length - 1] ^= 1;
      blobs.all.put(tampered, bad);
      assertThatThrownBy(() -> borrow(top)).isInstanceOf(Exception.class);
      // One byte more than the descriptor says.
      blobs.all.put(tampered, java.util.Arrays.copyOf(good, good.length + 1));
      assertThatThrownBy(() -> borrow(top)).isInstanceOf(Exception.class);
      blobs.all.put(tampered, good);
      assertThat(layers.list()).isEmpty();
    }
    assertThat(borrow(top).image()).isEqualTo(image);
  }

  @Test
  void sizesAreNotBelieved() throws Exception {
    byte[] tar = tar("hello");
    Digest top = index(manifest(image(tar, tar), AMD64));
    for (long claimed : new long[] {-1, 0, 5, 1L << 20, 1L << 40}) {
      blobs.sizes.put(top, claimed);
      assertThatThrownBy(() -> borrow(top)).isInstanceOf(GraftException.class);
    }
  }

  @Test
  void indexesThatNeverEndAreRefused() {
    Digest top = index();
    for (int i = 0; i < 10; i++) {
      Document inner = Document.parse(blobs.bytes(top), "");
      top = index(inner.descriptor());
    }
    Digest deepest = top;
    assertThatThrownBy(() -> borrow(deepest)).hasMessageContaining("nested too deeply");
  }

  @Test
  void whatIsNotThereIsSaid() {
    Digest missing = Digest.of(new byte[] {1});
    assertThatThrownBy(() -> borrow(missing)).hasMessageContaining("has no blob " + missing);
  }
}
