package graft.archive;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.image.Bundle;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Document.Index;
import graft.oci.Document.Manifest;
import graft.oci.Json;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Writes a [Bundle] as an OCI layout in a tar: what builds give as files. The same bundle gives
/// the same bytes.
///
/// Source: OCI image-spec v1.1, image-layout.md; the annotations of names are containerd's.
public final class LayoutWriter {
  /// Where blobs come from that are not in the bundle itself.
  @FunctionalInterface
  public interface Blobs {
    InputStream open(Digest blob) throws IOException;
  }

  private final TarWriter tar;

  private LayoutWriter(TarWriter tar) {
    this.tar = tar;
  }

  /// Leaves the stream open.
  ///
  /// @param names tags that the archive gives the image
  /// @param docker also `manifest.json`, for `docker load` of any age; of one image only
  public static void write(
      Bundle bundle, List<Reference> names, boolean docker, Blobs blobs, OutputStream out)
      throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      new LayoutWriter(tar).write(bundle, names, docker, blobs);
    }
  }

  private void write(Bundle bundle, List<Reference> names, boolean docker, Blobs blobs)
      throws IOException {
    Map<String, Descriptor> layers = new TreeMap<>();
    bundle.layers().forEach(l -> layers.put(path(l.digest()), l));
    Map<String, byte[]> small = new HashMap<>();
    bundle.documents().forEach(d -> small.put(path(d.descriptor().digest()), d.bytes()));
    bundle.manifests().forEach(m -> small.put(path(m.raw().digest()), m.raw().bytes()));
    small.put(path(bundle.top().raw().digest()), bundle.top().raw().bytes());
    Map<String, Boolean> all = new TreeMap<>();
    layers.keySet().forEach(path -> all.put(path, true));
    small.keySet().forEach(path -> all.put(path, false));
    directory("blobs");
    directory("blobs/sha256");
    for (String path : all.keySet()) {
      byte[] bytes = small.get(path);
      if (bytes != null) {
        file(path, bytes);
        continue;
      }
      Descriptor layer = layers.get(path);
      if (layer != null) {
        try (InputStream in = blobs.open(layer.digest())) {
          tar.write(entry(path, Type.FILE, 0644, layer.size()), in);
        }
      }
    }
    file("index.json", index(bundle, names).raw().bytes());
    if (docker) {
      file("manifest.json", dockerManifest(bundle, names));
    }
    file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
  }

  private static String path(Digest digest) {
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private static Index index(Bundle bundle, List<Reference> names) {
    Descriptor top = bundle.descriptor();
    if (names.isEmpty()) {
      return Index.create(List.of(top), Map.of());
    }
    return Index.create(
        names.stream()
            .map(Reference::withDefaultTag)
            .map(name -> {
              Map<String, String> annotations = new TreeMap<>(top.annotations());
              annotations.put("io.containerd.image.name", name.toString());
              annotations.put("org.opencontainers.image.ref.name", name.tag().orElse("latest"));
              return new Descriptor(
                  top.mediaType(), top.digest(), top.size(), annotations, top.platform());
            })
            .toList(),
        Map.of());
  }

  private static byte[] dockerManifest(Bundle bundle, List<Reference> names) {
    Document top = bundle.top();
    if (!(top instanceof Manifest manifest)) {
      throw new IllegalArgumentException("manifest.json knows no indexes");
    }
    ArrayNode list = Json.MAPPER.createArrayNode();
    ObjectNode entry = list.addObject();
    entry.put("Config", path(manifest.config().digest()));
    ArrayNode tags = Json.MAPPER.createArrayNode();
    names.forEach(name -> tags.add(name.withDefaultTag().familiar()));
    entry.set("RepoTags", names.isEmpty() ? entry.nullNode() : tags);
    ArrayNode layers = entry.putArray("Layers");
    manifest.layers().forEach(layer -> layers.add(path(layer.digest())));
    return Json.bytes(list);
  }

  private void file(String path, byte[] bytes) throws IOException {
    tar.write(entry(path, Type.FILE, 0644, bytes.length), new ByteArrayInputStream(bytes));
  }

  private void directory(String path) throws IOException {
    tar.write(entry(path, Type.DIRECTORY, 0755, 0));
  }

  private static TarEntry entry(String path, Type type, int mode, long size) {
    return new TarEntry(
        Name.of(path), type, mode, 0, 0, size, Instant.EPOCH, Name.EMPTY, 0, 0, Map.of());
  }
}
