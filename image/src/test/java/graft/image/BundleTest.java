package graft.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.ImageConfig.History;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundleTest {
  private static final Platform AMD64 = new Platform("linux", "amd64");
  private static final Platform ARM64 = new Platform("linux", "arm64");
  private static final Attestation PROVENANCE =
      new Attestation("https://slsa.dev/provenance/v0.2", bytes("{\"builder\":{\"id\":\"\"}}"));

  /// The blob as which a layer leaves.
  private static Descriptor gzip(Image.Layer layer) {
    return new Descriptor(MediaTypes.OCI_LAYER_GZIP, digest(layer.diffId() + " gz"), 7);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Digest digest(String text) {
    return Digest.of(bytes(text));
  }

  private static Image image(Platform platform) {
    Digest layer = digest("a layer");
    return Edits.append(
        Edits.fromScratch(platform),
        new Image.Layer(new Descriptor(MediaTypes.OCI_LAYER, layer, 10), layer),
        new History(Optional.of(Instant.EPOCH), "COPY", "", "", false),
        settings -> settings);
  }

  private static Bundle.Part part(Platform platform, Attestation... said) {
    return new Bundle.Part(platform, image(platform), List.of(said));
  }

  private static Bundle bundle(Bundle.Style style, Bundle.Part... parts) {
    return Bundle.of(
        List.of(parts), List.of(Reference.parse("reg:5/a/b:1")), style, BundleTest::gzip);
  }

  private static Bundle.Style style(boolean oci, Map<String, String> annotations) {
    return new Bundle.Style(false, oci, false, Annotations.of(annotations));
  }

  @Test
  void oneImageIsItsManifest() {
    Bundle bundle = bundle(style(true, Map.of("annotation.k", "v")), part(AMD64));
    Document.Manifest manifest = (Document.Manifest) bundle.top();
    assertThat(manifest.layers()).containsExactly(gzip(image(AMD64).layers().getFirst()));
    assertThat(manifest.annotations()).containsEntry("k", "v");
    assertThat(bundle.descriptor().platform()).contains(AMD64);
    assertThat(bundle.manifests()).isEmpty();
    assertThat(bundle.documents())
        .extracting(d -> d.descriptor().digest())
        .containsExactly(image(AMD64).config().id());
    assertThat(Document.parse(manifest.raw().bytes(), "")).isEqualTo(manifest);
  }

  @Test
  void dockersTypesAreUsedThroughout() {
    Bundle bundle = bundle(style(false, Map.of()), part(AMD64), part(ARM64));
    assertThat(bundle.top().mediaType()).isEqualTo(MediaTypes.DOCKER_INDEX);
    for (Document.Manifest manifest : bundle.manifests()) {
      assertThat(manifest.mediaType()).isEqualTo(MediaTypes.DOCKER_MANIFEST);
      assertThat(manifest.config().mediaType()).isEqualTo(MediaTypes.DOCKER_CONFIG);
      assertThat(manifest.layers())
          .extracting(Descriptor::mediaType)
          .containsOnly(MediaTypes.DOCKER_LAYER_GZIP);
    }
  }

  @Test
  void severalImagesShareWhatTheyHaveInCommon() {
    Bundle bundle = bundle(style(true, Map.of()), part(AMD64), part(ARM64));
    Document.Index index = (Document.Index) bundle.top();
    assertThat(index.manifests())
        .extracting(m -> m.platform().orElseThrow())
        .containsExactly(AMD64, ARM64);
    assertThat(bundle.layers()).hasSize(1);
    assertThat(bundle.configs())
        .containsExactly(image(AMD64).config().id(), image(ARM64).config().id());
    assertThat(bundle.descriptor().platform()).isEmpty();
  }

  @Test
  void annotationsGoWhereTheyBelong() {
    Bundle bundle =
        bundle(
            style(
                true,
                Map.of(
                    "annotation.all", "1",
                    "annotation[linux/arm64].all", "2",
                    "annotation-manifest-descriptor[linux/arm64].d", "3",
                    "annotation-index.i", "4",
                    "annotation-index-descriptor.id", "5")),
            part(AMD64),
            part(ARM64));
    Document.Index index = (Document.Index) bundle.top();
    assertThat(index.annotations()).isEqualTo(Map.of("i", "4"));
    assertThat(index.manifests().get(0).annotations()).isEmpty();
    assertThat(index.manifests().get(1).annotations()).isEqualTo(Map.of("d", "3"));
    assertThat(bundle.manifests().get(0).annotations()).isEqualTo(Map.of("all", "1"));
    assertThat(bundle.manifests().get(1).annotations()).isEqualTo(Map.of("all", "2"));
    assertThat(bundle.descriptor().annotations()).isEqualTo(Map.of("id", "5"));
  }

  @Test
  void whatIsSaidOfAnImageStandsBesideIt() {
    Bundle bundle = bundle(Bundle.Style.PLAIN, part(AMD64, PROVENANCE), part(ARM64));
    Document.Index index = (Document.Index) bundle.top();
    assertThat(index.manifests()).hasSize(3);
    Descriptor entry = index.manifests().get(2);
    assertThat(entry.platform()).contains(new Platform("unknown", "unknown"));
    assertThat(entry.annotations())
        .isEqualTo(
            Map.of(
                "vnd.docker.reference.type",
                "attestation-manifest",
                "vnd.docker.reference.digest",
                index.manifests().get(0).digest().toString()));
    assertThat(index.select(AMD64)).contains(index.manifests().get(0));
    Document.Manifest manifest = bundle.manifests().get(2);
    assertThat(manifest.raw().digest()).isEqualTo(entry.digest());
    Descriptor statement = manifest.layers().getFirst();
    assertThat(statement.mediaType()).isEqualTo("application/vnd.in-toto+json");
    assertThat(statement.annotations())
        .containsEntry("in-toto.io/predicate-type", PROVENANCE.predicateType());
    JsonNode json =
        Json.object(
            bundle.documents().stream()
                .filter(d -> d.descriptor().digest().equals(statement.digest()))
                .findFirst()
                .orElseThrow()
                .bytes(),
            "the statement");
    assertThat(json.at("/subject/0/name").textValue())
        .isEqualTo("pkg:docker/reg%3A5/a/b@1?platform=linux%2Famd64");
    assertThat(json.at("/subject/0/digest/sha256").textValue())
        .isEqualTo(index.manifests().get(0).digest().hex());
    assertThat(json.at("/predicate/builder/id").textValue()).isEmpty();
  }

  @Test
  void anArtifactNamesItsSubject() {
    Bundle bundle =
        bundle(new Bundle.Style(false, true, true, Annotations.NONE), part(AMD64, PROVENANCE));
    Document.Manifest manifest = bundle.manifests().get(1);
    assertThat(manifest.subject().orElseThrow().digest())
        .isEqualTo(bundle.manifests().get(0).raw().digest());
    assertThat(manifest.config().mediaType()).isEqualTo("application/vnd.oci.empty.v1+json");
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          true,  annotation-index.k,                 index annotations not supported
          true,  annotation[linux/s390x].k,          no platform linux/s390x found
          false, annotation.k,                       cannot export annotations
          true,  annotation-nonsense.k,              unrecognized annotation type nonsense
          true,  annotation.,                        invalid annotation
          """)
  void whatDoesNotFitIsRefused(boolean oci, String annotation, String message) {
    assertThatThrownBy(() -> bundle(style(oci, Map.of(annotation, "v")), part(AMD64)))
        .hasMessageContaining(message);
  }

  @Test
  void dockersTypesHaveNoAttestations() {
    assertThatThrownBy(() -> bundle(style(false, Map.of()), part(AMD64, PROVENANCE)))
        .hasMessageContaining("cannot export attestations");
  }
}
