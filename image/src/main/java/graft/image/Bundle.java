package graft.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.image.Annotations.Place;
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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Images as they are written down where they go: one manifest, or an index of several and of what
/// is said of them, with all the documents that those name. A value: the layers are descriptors.
///
/// Attestations are manifests of the index for the platform `unknown/unknown`, each beside the
/// image's manifest that an annotation of it names; their layers are in-toto statements.
///
/// Source: BuildKit, docs/attestations/attestation-storage.md.
///
/// @param top what a name is to point to
/// @param descriptor of it, with platform and annotations
/// @param manifests that it names, in order; none if it is a manifest itself
/// @param documents configs and statements
/// @param layers of all images, each once
/// @param configs of the images, in order
public record Bundle(
    Document top,
    Descriptor descriptor,
    List<Manifest> manifests,
    List<Small> documents,
    List<Descriptor> layers,
    List<Digest> configs) {
  private static final String ATTESTATION_TYPE =
      "application/vnd.docker.attestation.manifest.v1+json";
  private static final String REFERENCE_TYPE = "vnd.docker.reference.type";
  private static final String REFERENCE_DIGEST = "vnd.docker.reference.digest";
  private static final String PREDICATE_TYPE = "in-toto.io/predicate-type";
  private static final Platform UNKNOWN = new Platform("unknown", "unknown");

  public Bundle {
    manifests = List.copyOf(manifests);
    documents = List.copyOf(documents);
    layers = List.copyOf(layers);
    configs = List.copyOf(configs);
  }

  /// A blob that fits into memory.
  public record Small(Descriptor descriptor, byte[] bytes) {
    static Small of(String mediaType, byte[] bytes) {
      return new Small(new Descriptor(mediaType, Digest.of(bytes), bytes.length), bytes);
    }
  }

  /// @param platform it was built for, whatever its base says
  /// @param attestations what is said of the image
  public record Part(Platform platform, Image image, List<Attestation> attestations) {
    public Part {
      attestations = List.copyOf(attestations);
    }
  }

  /// @param index also around a single image
  /// @param oci OCI's types; else Docker's
  /// @param artifacts attestations as OCI artifacts, that name their subject
  public record Style(boolean index, boolean oci, boolean artifacts, Annotations annotations) {
    public static final Style PLAIN = new Style(false, true, false, Annotations.NONE);
  }

  /// @param parts one for each platform, in order
  /// @param names under which the images will be known
  /// @param blobs what each layer has become
  /// @throws GraftException INVALID where the style does not fit what there is
  public static Bundle of(
      List<Part> parts,
      List<Reference> names,
      Style style,
      Function<Image.Layer, Descriptor> blobs) {
    return new Writer(names, style, blobs).write(parts);
  }

  /// Refuses a style that does not fit what there is.
  public static void check(List<Part> parts, Style style) {
    boolean attested = parts.stream().anyMatch(p -> !p.attestations().isEmpty());
    if (attested && !style.oci()) {
      throw GraftException.invalid("cannot export attestations with \"oci-mediatypes=false\"");
    }
    if (!style.oci() && !style.annotations().entries().isEmpty()) {
      throw GraftException.invalid("cannot export annotations with \"oci-mediatypes=false\"");
    }
    if (style.annotations().hasOfIndex() && !hasIndex(parts, style)) {
      throw GraftException.invalid("index annotations not supported for single platform export");
    }
    List<Platform> platforms = parts.stream().map(Part::platform).toList();
    for (Annotations.Entry entry : style.annotations().entries()) {
      if (entry.platform().isPresent() && !platforms.contains(entry.platform().get())) {
        throw GraftException.invalid(
            "invalid annotation: no platform " + entry.platform().get() + " found in source");
      }
    }
  }

  private static boolean hasIndex(List<Part> parts, Style style) {
    return parts.size() > 1
        || style.index()
        || parts.stream().anyMatch(p -> !p.attestations().isEmpty());
  }

  private static final class Writer {
    private final List<Reference> names;
    private final Style style;
    private final Function<Image.Layer, Descriptor> blobs;
    private final Map<Digest, Small> documents = new LinkedHashMap<>();
    private final Map<Digest, Descriptor> layers = new LinkedHashMap<>();
    private final List<Digest> configs = new ArrayList<>();

    Writer(List<Reference> names, Style style, Function<Image.Layer, Descriptor> blobs) {
      this.names = names;
      this.style = style;
      this.blobs = blobs;
    }

    Bundle write(List<Part> parts) {
      check(parts, style);
      return hasIndex(parts, style) ? index(parts) : single(parts);
    }

    private Bundle single(List<Part> parts) {
      Part part = parts.getFirst();
      Manifest manifest = manifest(part);
      return bundle(manifest, described(manifest, part.platform()), List.of());
    }

    private Bundle index(List<Part> parts) {
      List<Manifest> manifests = new ArrayList<>();
      List<Descriptor> entries = new ArrayList<>();
      List<Manifest> statements = new ArrayList<>();
      List<Descriptor> about = new ArrayList<>();
      for (Part part : parts) {
        Manifest manifest = manifest(part);
        manifests.add(manifest);
        entries.add(described(manifest, part.platform()));
        if (!part.attestations().isEmpty()) {
          Manifest statement = statement(part.attestations(), manifest, part.platform());
          statements.add(statement);
          about.add(
              new Descriptor(
                  statement.mediaType(),
                  statement.raw().digest(),
                  statement.raw().size(),
                  Map.of(
                      REFERENCE_TYPE,
                      "attestation-manifest",
                      REFERENCE_DIGEST,
                      manifest.raw().digest().toString()),
                  Optional.of(UNKNOWN)));
        }
      }
      manifests.addAll(statements);
      entries.addAll(about);
      Index index =
          Index.create(
              type(MediaTypes.OCI_INDEX), entries, style.annotations().of(Place.INDEX, UNKNOWN));
      Descriptor descriptor =
          new Descriptor(
              index.mediaType(),
              index.raw().digest(),
              index.raw().size(),
              style.annotations().of(Place.INDEX_DESCRIPTOR, UNKNOWN),
              Optional.empty());
      return bundle(index, descriptor, manifests);
    }

    private Bundle bundle(Document top, Descriptor descriptor, List<Manifest> manifests) {
      return new Bundle(
          top,
          descriptor,
          manifests,
          List.copyOf(documents.values()),
          List.copyOf(layers.values()),
          configs);
    }

    private String type(String oci) {
      return style.oci() ? oci : MediaTypes.docker(oci);
    }

    private Descriptor add(Small small) {
      documents.put(small.descriptor().digest(), small);
      return small.descriptor();
    }

    private Descriptor described(Manifest manifest, Platform platform) {
      return new Descriptor(
          manifest.mediaType(),
          manifest.raw().digest(),
          manifest.raw().size(),
          style.annotations().of(Place.MANIFEST_DESCRIPTOR, platform),
          Optional.of(platform));
    }

    private Manifest manifest(Part part) {
      Image image = part.image();
      ImageConfig config = image.config();
      List<Descriptor> written = new ArrayList<>();
      for (Image.Layer layer : image.layers()) {
        Descriptor blob = blobs.apply(layer);
        String type = MediaTypes.oci(blob.mediaType());
        Descriptor one =
            new Descriptor(
                type(type), blob.digest(), blob.size(), blob.annotations(), Optional.empty());
        written.add(one);
        layers.putIfAbsent(one.digest(), one);
      }
      configs.add(config.id());
      Map<String, String> annotations = new LinkedHashMap<>();
      if (style.oci()) {
        annotations.putAll(image.manifest().annotations());
      }
      annotations.putAll(style.annotations().of(Place.MANIFEST, part.platform()));
      return Manifest.create(
          type(MediaTypes.OCI_MANIFEST),
          "",
          add(Small.of(type(MediaTypes.OCI_CONFIG), config.raw().bytes())),
          written,
          annotations,
          Optional.empty());
    }

    private Manifest statement(
        List<Attestation> attestations, Manifest subject, Platform platform) {
      List<Descriptor> statements = new ArrayList<>();
      for (Attestation attestation : attestations) {
        Small small = Small.of(MediaTypes.IN_TOTO, inToto(attestation, subject, platform));
        documents.put(small.descriptor().digest(), small);
        statements.add(
            new Descriptor(
                MediaTypes.IN_TOTO,
                small.descriptor().digest(),
                small.descriptor().size(),
                Map.of(PREDICATE_TYPE, attestation.predicateType()),
                Optional.empty()));
      }
      Descriptor config =
          add(
              style.artifacts()
                  ? Small.of(MediaTypes.OCI_EMPTY, "{}".getBytes(StandardCharsets.UTF_8))
                  : Small.of(MediaTypes.OCI_CONFIG, config(statements)));
      return Manifest.create(
          MediaTypes.OCI_MANIFEST,
          style.artifacts() ? ATTESTATION_TYPE : "",
          config,
          statements,
          Map.of(),
          style.artifacts() ? Optional.of(subject.descriptor()) : Optional.empty());
    }

    /// For readers that take every manifest for an image's.
    private static byte[] config(List<Descriptor> statements) {
      ObjectNode root = Json.MAPPER.createObjectNode();
      root.put("architecture", UNKNOWN.architecture());
      root.put("os", UNKNOWN.os());
      root.putObject("config");
      ObjectNode rootfs = root.putObject("rootfs");
      rootfs.put("type", "layers");
      ArrayNode diffIds = rootfs.putArray("diff_ids");
      statements.forEach(s -> diffIds.add(s.digest().toString()));
      return Json.bytes(root);
    }

    private byte[] inToto(Attestation attestation, Manifest subject, Platform platform) {
      Digest digest = subject.raw().digest();
      List<Statement.Subject> subjects = new ArrayList<>();
      for (Reference name : names) {
        subjects.add(new Statement.Subject(PackageUrl.of(name, platform), digest));
      }
      if (names.isEmpty()) {
        subjects.add(new Statement.Subject("_", digest));
      }
      return Json.bytes(Statement.of(attestation, subjects));
    }
  }
}
