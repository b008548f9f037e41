package graft.archive;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.image.Image;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document.Index;
import graft.oci.Document.Manifest;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes images as `docker save` of version 28 does: an OCI layout whose layers are not packed,
/// with `manifest.json` and `repositories` for older readers. What several images share is written
/// once, and the same images give the same bytes.
public final class ArchiveWriter {
  /// Where the uncompressed tars of layers come from.
  public interface Tars {
    long size(Digest diffId) throws IOException;

    InputStream open(Digest diffId) throws IOException;
  }

  /// An image to write, and the names with tags that it is to have; maybe none.
  public record Saved(Image image, List<Reference> names) {
    public Saved {
      names = List.copyOf(names);
    }
  }

  private sealed interface Blob {
    record Bytes(byte[] bytes, Instant time) implements Blob {}

    record LayerTar(Digest diffId, long size, Instant time) implements Blob {}
  }

  private final TarWriter tar;
  private final Tars tars;

  private ArchiveWriter(TarWriter tar, Tars tars) {
    this.tar = tar;
    this.tars = tars;
  }

  /// Writes the whole archive; leaves the stream open.
  public static void write(List<Saved> images, Tars tars, OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      new ArchiveWriter(tar, tars).write(images);
    }
  }

  private void write(List<Saved> images) throws IOException {
    Map<String, Blob> blobs = new TreeMap<>();
    List<Descriptor> index = new ArrayList<>();
    ArrayNode list = Json.MAPPER.createArrayNode();
    Map<String, Map<String, String>> repositories = new TreeMap<>();
    Instant newest = Instant.EPOCH;
    for (Saved saved : images) {
      Instant time = saved.image().config().created().orElse(Instant.EPOCH);
      newest = time.isAfter(newest) ? time : newest;
      Manifest manifest = addBlobs(saved.image(), time, blobs);
      describe(saved, manifest, index, list, repositories);
    }
    directory("blobs", newest);
    directory("blobs/sha256", newest);
    for (Map.Entry<String, Blob> blob : blobs.entrySet()) {
      write(blob.getKey(), blob.getValue());
    }
    file("index.json", Index.create(index, Map.of()).raw().bytes(), Instant.EPOCH);
    file("manifest.json", line(Json.bytes(list)), Instant.EPOCH);
    file(
        "oci-layout",
        "{\"imageLayoutVersion\": \"1.0.0\"}".getBytes(StandardCharsets.UTF_8),
        Instant.EPOCH);
    if (!repositories.isEmpty()) {
      file("repositories", line(Json.bytes(Json.MAPPER.valueToTree(repositories))), Instant.EPOCH);
    }
  }

  private static byte[] line(byte[] json) {
    return (new String(json, StandardCharsets.UTF_8) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  /// The image's files; returns the manifest it has in the archive, over unpacked layers.
  private Manifest addBlobs(Image image, Instant time, Map<String, Blob> blobs) throws IOException {
    List<Descriptor> layers = new ArrayList<>();
    for (Digest diffId : image.config().diffIds()) {
      long size = tars.size(diffId);
      layers.add(new Descriptor(MediaTypes.OCI_LAYER, diffId, size));
      blobs.putIfAbsent(path(diffId), new Blob.LayerTar(diffId, size, time));
    }
    byte[] config = image.config().raw().bytes();
    Manifest manifest =
        Manifest.create(
            new Descriptor(MediaTypes.OCI_CONFIG, image.config().id(), config.length),
            layers,
            Map.of());
    blobs.putIfAbsent(path(image.config().id()), new Blob.Bytes(config, time));
    blobs.putIfAbsent(
        path(manifest.raw().digest()), new Blob.Bytes(manifest.raw().bytes(), Instant.EPOCH));
    return manifest;
  }

  private static void describe(
      Saved saved,
      Manifest manifest,
      List<Descriptor> index,
      ArrayNode list,
      Map<String, Map<String, String>> repositories) {
    Descriptor plain = manifest.descriptor();
    if (saved.names().isEmpty()) {
      index.add(plain);
    }
    ObjectNode entry = list.addObject();
    entry.put("Config", path(manifest.config().digest()));
    ArrayNode tags = Json.MAPPER.createArrayNode();
    entry.set("RepoTags", saved.names().isEmpty() ? entry.nullNode() : tags);
    for (Reference name : saved.names()) {
      Reference tagged = name.withDefaultTag();
      String tag = tagged.tag().orElse("latest");
      index.add(
          new Descriptor(
              plain.mediaType(),
              plain.digest(),
              plain.size(),
              Map.of(
                  "io.containerd.image.name",
                  tagged.toString(),
                  "org.opencontainers.image.ref.name",
                  tag),
              plain.platform()));
      tags.add(tagged.familiar());
      if (!manifest.layers().isEmpty()) {
        repositories
            .computeIfAbsent(tagged.familiarName(), n -> new TreeMap<>())
            .put(tag, manifest.layers().getLast().digest().hex());
      }
    }
    ArrayNode layers = entry.putArray("Layers");
    Map<String, ObjectNode> sources = new TreeMap<>();
    for (Descriptor layer : manifest.layers()) {
      layers.add(path(layer.digest()));
      ObjectNode source = Json.MAPPER.createObjectNode();
      source.put("mediaType", layer.mediaType());
      source.put("size", layer.size());
      source.put("digest", layer.digest().toString());
      sources.put(layer.digest().toString(), source);
    }
    ObjectNode sourcesNode = entry.putObject("LayerSources");
    sources.forEach(sourcesNode::set);
  }

  private void write(String path, Blob blob) throws IOException {
    switch (blob) {
      case Blob.Bytes b -> file(path, b.bytes(), b.time());
      case Blob.LayerTar l -> {
        try (InputStream in = tars.open(l.diffId())) {
          tar.write(entry(path, Type.FILE, 0644, l.size(), l.time()), in);
        }
      }
    }
  }

  private void file(String path, byte[] bytes, Instant time) throws IOException {
    tar.write(entry(path, Type.FILE, 0644, bytes.length, time), new ByteArrayInputStream(bytes));
  }

  private void directory(String path, Instant time) throws IOException {
    tar.write(entry(path, Type.DIRECTORY, 0755, 0, time));
  }

  private static TarEntry entry(String path, Type type, int mode, long size, Instant time) {
    // Whole seconds, which need no extended header.
    Instant second = Instant.ofEpochSecond(Math.max(0, time.getEpochSecond()));
    return new TarEntry(Name.of(path), type, mode, 0, 0, size, second, Name.EMPTY, 0, 0, Map.of());
  }
}
