package graft.archive;

import graft.error.GraftException;
import graft.image.Changes;
import graft.image.Edits;
import graft.image.Image;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// Small images with real layers, for tests; also the store that their layers lie in, and a sink
/// for layers that are read.
public final class SampleImages implements ArchiveWriter.Tars, ArchiveReader.Sink {
  public static final Instant TIME = Instant.parse("2026-01-02T03:04:05.6Z");

  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();

  public static TarEntry entry(String path, Type type, long size, String link) {
    return new TarEntry(
        Name.of(path),
        type,
        type == Type.DIRECTORY ? 0755 : 0644,
        0,
        0,
        size,
        Instant.ofEpochSecond(1_700_000_000),
        Name.of(link),
        0,
        0,
        Map.of());
  }

  /// A tar of these files, `path` to content, in this order; content `->x` is a symbolic link to x.
  public static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      for (Map.Entry<String, byte[]> f : files.entrySet()) {
        String text = new String(f.getValue(), StandardCharsets.UTF_8);
        if (text.startsWith("->")) {
          tar.write(entry(f.getKey(), Type.SYMLINK, 0, text.substring(2)));
        } else {
          tar.write(
              entry(f.getKey(), Type.FILE, f.getValue().length, ""),
              new ByteArrayInputStream(f.getValue()));
        }
      }
    }
    return bytes.toByteArray();
  }

  /// A layer of one file whose name and content are `text`, known to this store from now on.
  public Image.Layer layer(String text) throws IOException {
    byte[] tar = tar(new TreeMap<>(Map.of(text, text.getBytes(StandardCharsets.UTF_8))));
    Digest diffId = Digest.of(tar);
    blobs.put(diffId, tar);
    return new Image.Layer(new Descriptor(MediaTypes.OCI_LAYER, diffId, tar.length), diffId);
  }

  /// An image of such layers.
  public Image image(String... layers) throws IOException {
    Image image = Edits.fromScratch(new Platform("linux", "amd64"));
    for (String text : layers) {
      image =
          Edits.append(
              image,
              layer(text),
              new History(Optional.of(TIME), "add " + text, "", "", false),
              s -> Changes.apply(Changes.parse(List.of("ENV LAST=" + text)), s));
    }
    return image;
  }

  public boolean has(Digest digest) {
    return blobs.containsKey(digest);
  }

  public byte[] bytes(Digest digest) {
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      throw GraftException.notFound("no " + digest);
    }
    return bytes;
  }

  @Override
  public long size(Digest diffId) {
    return bytes(diffId).length;
  }

  @Override
  public InputStream open(Digest diffId) {
    return new ByteArrayInputStream(bytes(diffId));
  }

  @Override
  public Digest keep(InputStream in) throws IOException {
    byte[] all = in.readAllBytes();
    Digest digest = Digest.of(all);
    blobs.put(digest, all);
    return digest;
  }
}
