package graft.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A parsed document that a registry or a layout names by its digest, with the bytes that were
/// hashed.
///
/// Source: OCI image-spec v1.1, manifest.md and image-index.md; Docker's schema 2 differs in media
/// types only.
public sealed interface Document {
  /// The bytes as they came.
  Raw raw();

  String mediaType();

  Map<String, String> annotations();

  default Descriptor descriptor() {
    return new Descriptor(mediaType(), raw().digest(), raw().size());
  }

  /// One image for one platform. `layers` bottom first.
  record Manifest(
      Raw raw,
      String mediaType,
      Descriptor config,
      List<Descriptor> layers,
      Map<String, String> annotations,
      Optional<Descriptor> subject)
      implements Document {
    public Manifest {
      layers = List.copyOf(layers);
      annotations = Map.copyOf(annotations);
    }

    /// A new OCI manifest; the same arguments give the same bytes.
    public static Manifest create(
        Descriptor config, List<Descriptor> layers, Map<String, String> annotations) {
      return create(MediaTypes.OCI_MANIFEST, "", config, layers, annotations, Optional.empty());
    }

    /// The same, of another type or about another manifest.
    ///
    /// @param artifactType what it is where it is no image; else empty
    public static Manifest create(
        String mediaType,
        String artifactType,
        Descriptor config,
        List<Descriptor> layers,
        Map<String, String> annotations,
        Optional<Descriptor> subject) {
      ObjectNode root = Json.MAPPER.createObjectNode();
      root.put("schemaVersion", 2);
      root.put("mediaType", mediaType);
      if (!artifactType.isEmpty()) {
        root.put("artifactType", artifactType);
      }
      root.set("config", Documents.write(config));
      ArrayNode array = root.putArray("layers");
      layers.forEach(l -> array.add(Documents.write(l)));
      subject.ifPresent(s -> root.set("subject", Documents.write(s)));
      Documents.writeAnnotations(root, annotations);
      return new Manifest(
          Raw.of(Json.bytes(root)), mediaType, config, layers, annotations, subject);
    }
  }

  /// Several manifests, mostly one for each platform.
  record Index(
      Raw raw, String mediaType, List<Descriptor> manifests, Map<String, String> annotations)
      implements Document {
    public Index {
      manifests = List.copyOf(manifests);
      annotations = Map.copyOf(annotations);
    }

    /// A new OCI index; the same arguments give the same bytes.
    public static Index create(List<Descriptor> manifests, Map<String, String> annotations) {
      return create(MediaTypes.OCI_INDEX, manifests, annotations);
    }

    /// The same, of either type.
    public static Index create(
        String mediaType, List<Descriptor> manifests, Map<String, String> annotations) {
      ObjectNode root = Json.MAPPER.createObjectNode();
      root.put("schemaVersion", 2);
      root.put("mediaType", mediaType);
      ArrayNode array = root.putArray("manifests");
      manifests.forEach(m -> array.add(Documents.write(m)));
      Documents.writeAnnotations(root, annotations);
      return new Index(Raw.of(Json.bytes(root)), mediaType, manifests, annotations);
    }

    /// The manifest to use on `wanted`: of those that serve it the one with the very variant, then
    /// one without a variant, then the first. Entries without a platform serve only if there is no
    /// other entry; attestations (platform unknown/unknown) never do.
    public Optional<Descriptor> select(Platform wanted) {
      List<Descriptor> images =
          manifests.stream()
              .filter(m -> !MediaTypes.isIndex(m.mediaType()))
              .filter(m -> m.platform().filter(p -> p.os().equals("unknown")).isEmpty())
              .toList();
      Optional<Descriptor> fits =
          images.stream()
              .filter(m -> m.platform().filter(p -> p.serves(wanted)).isPresent())
              .min(Comparator.comparingInt(m -> distance(m.platform().orElseThrow(), wanted)));
      if (fits.isPresent()) {
        return fits;
      }
      return images.size() == 1 && images.getFirst().platform().isEmpty()
          ? Optional.of(images.getFirst())
          : Optional.empty();
    }

    private static int distance(Platform offered, Platform wanted) {
      if (offered.variant().equals(wanted.variant())) {
        return 0;
      }
      return offered.variant().isEmpty() ? 1 : 2;
    }
  }

  /// Reads a manifest or an index; CORRUPT if it is neither, INVALID for the long dead schema 1.
  ///
  /// @param mediaType what the sender called it, or empty; the document's own word and its shape
  ///   win
  static Document parse(byte[] bytes, String mediaType) {
    return Documents.parse(bytes, mediaType);
  }
}

/// How [Document]s are read and written.
final class Documents {
  /// More layers or manifests than any honest document has.
  private static final int MAX_ENTRIES = 10_000;

  private Documents() {}

  static Document parse(byte[] bytes, String sentAs) {
    ObjectNode root = Json.object(bytes, "the manifest");
    if (root.path("schemaVersion").asInt(2) == 1) {
      throw GraftException.invalid(
          "the image is in the obsolete Docker schema 1 format; push it again with a current"
              + " engine");
    }
    boolean manifest = root.has("config") && root.has("layers");
    boolean index = root.has("manifests");
    if (manifest == index) {
      throw GraftException.corrupt("the document is neither an image manifest nor an index");
    }
    String type = Json.text(root, "mediaType");
    if (type.isEmpty()) {
      int semicolon = sentAs.indexOf(';');
      type = (semicolon < 0 ? sentAs : sentAs.substring(0, semicolon)).strip();
    }
    Map<String, String> annotations = Json.map(root, "annotations");
    if (manifest) {
      return new Document.Manifest(
          Raw.of(bytes),
          MediaTypes.isManifest(type) ? type : MediaTypes.OCI_MANIFEST,
          descriptor(root.get("config")),
          descriptors(root.get("layers")),
          annotations,
          root.path("subject").isObject()
              ? Optional.of(descriptor(root.get("subject")))
              : Optional.empty());
    }
    return new Document.Index(
        Raw.of(bytes),
        MediaTypes.isIndex(type) ? type : MediaTypes.OCI_INDEX,
        descriptors(root.get("manifests")),
        annotations);
  }

  private static List<Descriptor> descriptors(JsonNode array) {
    if (!array.isArray() || array.size() > MAX_ENTRIES) {
      throw GraftException.corrupt("the manifest has no list, or too long a list, of entries");
    }
    List<Descriptor> all = new ArrayList<>();
    array.forEach(n -> all.add(descriptor(n)));
    return all;
  }

  private static Descriptor descriptor(JsonNode node) {
    if (node == null || !node.isObject() || !node.path("size").isIntegralNumber()) {
      throw GraftException.corrupt("the manifest has an entry without a size or digest");
    }
    long size = node.path("size").longValue();
    if (size < 0) {
      throw GraftException.corrupt("the manifest has an entry of negative size");
    }
    Digest digest;
    try {
      digest = Digest.parse(Json.text(node, "digest"));
    } catch (GraftException e) {
      throw GraftException.corrupt("the manifest has a bad entry: " + e.text());
    }
    JsonNode platform = node.path("platform");
    return new Descriptor(
        Json.text(node, "mediaType"),
        digest,
        size,
        Json.map(node, "annotations"),
        platform.isObject()
            ? Optional.of(
                new Platform(
                    Json.text(platform, "os"),
                    Json.text(platform, "architecture"),
                    Json.text(platform, "variant")))
            : Optional.empty());
  }

  static ObjectNode write(Descriptor d) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    node.put("mediaType", d.mediaType());
    node.put("digest", d.digest().toString());
    node.put("size", d.size());
    writeAnnotations(node, d.annotations());
    d.platform()
        .ifPresent(p -> {
          ObjectNode platform = node.putObject("platform");
          platform.put("architecture", p.architecture());
          platform.put("os", p.os());
          p.variantIfAny().ifPresent(v -> platform.put("variant", v));
        });
    return node;
  }

  static void writeAnnotations(ObjectNode node, Map<String, String> annotations) {
    if (!annotations.isEmpty()) {
      ObjectNode object = node.putObject("annotations");
      new TreeMap<>(annotations).forEach(object::put);
    }
  }
}
