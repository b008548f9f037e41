package graft.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.image.Image;
import graft.layer.Limits;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Document.Index;
import graft.oci.Document.Manifest;
import graft.oci.ImageConfig;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads what `docker save` writes, in all the layouts it had: `manifest.json` over blobs or over
/// layer directories, the `repositories` file of the first years; and OCI layouts.
///
/// The archive comes as a stream that is read once, so what may be a layer goes to the [Sink] as it
/// passes by, before anything says that it is one. What no image of the result names, the caller
/// drops. That a layer has the content its config promises (its diffID) shows when it is unpacked;
/// the reader checks blobs against the digests in their names.
public final class ArchiveReader {
  private static final String NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final int MAX_DEPTH = 8;

  /// Takes bytes that may be a layer, compressed or not, to their end.
  public interface Sink {
    /// Returns their sha256.
    Digest keep(InputStream bytes) throws IOException;
  }

  /// @param names full references, in the archive's order; may be empty
  public record Loaded(Image image, List<Reference> names) {
    public Loaded {
      names = List.copyOf(names);
    }
  }

  private final Spool spool;
  private final Platform platform;

  private ArchiveReader(Spool spool, Platform platform) {
    this.spool = spool;
    this.platform = platform;
  }

  /// Reads all images of the archive, packed or not; leaves the stream open. CORRUPT says what is
  /// wrong.
  ///
  /// @param platform which image to take where the archive has an index of several
  public static List<Loaded> read(InputStream archive, Limits limits, Platform platform, Sink sink)
      throws IOException {
    Spool spool = Spool.read(archive, limits, sink);
    ArchiveReader reader = new ArchiveReader(spool, platform);
    if (spool.has("manifest.json")) {
      return reader.dockerArchive();
    }
    if (spool.has("index.json")) {
      return reader.ociLayout();
    }
    if (spool.has("repositories")) {
      return new LegacyLayout(spool).read();
    }
    throw new GraftException(
        Kind.CORRUPT,
        "open repositories: no such file or directory (the archive has no manifest.json and no"
            + " index.json either, so it holds no image; a root file system is taken by import)");
  }

  // ---- manifest.json

  private List<Loaded> dockerArchive() throws IOException {
    JsonNode list;
    try {
      list = Json.MAPPER.readTree(spool.document("manifest.json"));
    } catch (JsonProcessingException e) {
      throw new GraftException(
          Kind.CORRUPT, "manifest.json is not valid JSON: " + e.getOriginalMessage(), e);
    }
    if (!list.isArray()) {
      throw GraftException.corrupt("manifest.json is not a list");
    }
    Map<Digest, Manifest> manifests = manifestsByConfig();
    List<Loaded> all = new ArrayList<>();
    for (JsonNode entry : list) {
      byte[] bytes = spool.document(Json.text(entry, "Config"));
      ImageConfig config = ImageConfig.parse(bytes);
      List<String> paths = Json.texts(entry, "Layers").orElse(List.of());
      if (paths.size() != config.diffIds().size()) {
        throw GraftException.corrupt(
            "invalid manifest, layers length mismatch: expected "
                + config.diffIds().size()
                + ", got "
                + paths.size());
      }
      List<Descriptor> layers = new ArrayList<>();
      for (String path : paths) {
        layers.add(spool.layer(path));
      }
      List<Reference> names = new ArrayList<>();
      for (String tag : Json.texts(entry, "RepoTags").orElse(List.of())) {
        names.add(Reference.parse(tag).withDefaultTag());
      }
      all.add(new Loaded(image(config, layers, manifests.get(config.id())), names));
    }
    return all;
  }

  /// The manifest that came along keeps its digest if it means these very blobs.
  private static Image image(
      ImageConfig config,
      List<Descriptor> layers,
      @org.jspecify.annotations.Nullable Manifest original) {
    if (original != null
        && original.layers().stream()
            .map(Descriptor::digest)
            .toList()
            .equals(layers.stream().map(Descriptor::digest).toList())) {
      return new Image(original, config);
    }
    Descriptor descriptor = new Descriptor(MediaTypes.OCI_CONFIG, config.id(), config.raw().size());
    return new Image(Manifest.create(descriptor, layers, Map.of()), config);
  }

  private Map<Digest, Manifest> manifestsByConfig() {
    Map<Digest, Manifest> all = new HashMap<>();
    if (spool.has("index.json")) {
      Index index = index(spool.document("index.json"));
      for (Descriptor d : index.manifests()) {
        if (spool.has(path(d)) && document(d) instanceof Manifest m) {
          all.put(m.config().digest(), m);
        }
      }
    }
    return all;
  }

  // ---- index.json

  private List<Loaded> ociLayout() throws IOException {
    Map<Digest, Image> images = new HashMap<>();
    Map<Digest, List<Reference>> names = new HashMap<>();
    List<Digest> order = new ArrayList<>();
    for (Descriptor d : index(spool.document("index.json")).manifests()) {
      if (d.platform().filter(p -> p.os().equals("unknown")).isPresent()) {
        continue;
      }
      Manifest manifest = manifest(d, 0);
      Digest digest = manifest.raw().digest();
      if (!images.containsKey(digest)) {
        images.put(digest, ociImage(manifest));
        names.put(digest, new ArrayList<>());
        order.add(digest);
      }
      name(d).ifPresent(names.getOrDefault(digest, new ArrayList<>())::add);
    }
    List<Loaded> all = new ArrayList<>();
    for (Digest digest : order) {
      Image image = images.get(digest);
      if (image != null) {
        all.add(new Loaded(image, names.getOrDefault(digest, List.of())));
      }
    }
    return all;
  }

  private Image ociImage(Manifest manifest) throws IOException {
    ImageConfig config = ImageConfig.parse(spool.document(path(manifest.config())));
    for (Descriptor layer : manifest.layers()) {
      spool.layer(path(layer));
    }
    return new Image(manifest, config);
  }

  private Manifest manifest(Descriptor d, int depth) {
    if (depth > MAX_DEPTH) {
      throw GraftException.corrupt("the archive's indexes are nested too deeply");
    }
    return switch (document(d)) {
      case Manifest m -> m;
      case Index i -> {
        Optional<Descriptor> nested =
            i.select(platform)
                .or(() ->
                    i.manifests().stream()
                        .filter(m -> MediaTypes.isIndex(m.mediaType()))
                        .findFirst());
        yield manifest(
            nested.orElseThrow(() ->
                GraftException.notFound("the archive has no image for the platform " + platform)),
            depth + 1);
      }
    };
  }

  private static Optional<Reference> name(Descriptor d) {
    String full = d.annotations().getOrDefault(NAME, "");
    if (full.isEmpty()) {
      // The specification leaves open whether this is a whole name or only a tag.
      full = d.annotations().getOrDefault(REF_NAME, "");
      if (!full.contains(":") && !full.contains("/")) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(Reference.parse(full).withDefaultTag());
    } catch (GraftException e) {
      // An annotation is free text; without a name the image can still be had by its id.
      return Optional.empty();
    }
  }

  private static String path(Descriptor d) {
    return "blobs/" + d.digest().algorithm() + "/" + d.digest().hex();
  }

  private Document document(Descriptor d) {
    return Document.parse(spool.document(path(d)), d.mediaType());
  }

  /// An `index.json`, which unlike other documents may be empty of everything but the list.
  private static Index index(byte[] bytes) {
    ObjectNode root = Json.object(bytes, "index.json");
    if (Document.parse(Json.bytes(root), MediaTypes.OCI_INDEX) instanceof Index index) {
      return index;
    }
    throw GraftException.corrupt("index.json is not an index");
  }
}
