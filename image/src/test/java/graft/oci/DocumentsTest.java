package graft.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Document.Index;
import graft.oci.Document.Manifest;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.ImageConfig.Settings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DocumentsTest {
  private static final String D = "sha256:" + "a".repeat(64);

  private static byte[] utf8(String text) {
    return text.replace("$D", D).getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          {"config":{"digest":"$D","size":1},"layers":[]} | | application/vnd.oci.image.manifest.v1+json
          {"config":{"digest":"$D","size":1},"layers":[]} | application/vnd.docker.distribution.manifest.v2+json; charset=x | application/vnd.docker.distribution.manifest.v2+json
          {"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"digest":"$D","size":1},"layers":[]} | text/plain | application/vnd.docker.distribution.manifest.v2+json
          {"manifests":[]} | | application/vnd.oci.image.index.v1+json
          {"manifests":[]} | application/vnd.docker.distribution.manifest.list.v2+json | application/vnd.docker.distribution.manifest.list.v2+json
          """)
  void theTypeIsInTheDocumentOrItsShape(String json, String sentAs, String type) {
    Document document = Document.parse(utf8(json), sentAs == null ? "" : sentAs);
    assertThat(document.mediaType()).isEqualTo(type);
    assertThat(document.raw()).isEqualTo(Raw.of(utf8(json)));
    assertThat(document.descriptor())
        .isEqualTo(new Descriptor(type, Digest.of(utf8(json)), utf8(json).length));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          {"schemaVersion":1,"fsLayers":[]}                              | INVALID | schema 1
          {}                                                             | CORRUPT | neither
          {"manifests":[],"config":{},"layers":[]}                       | CORRUPT | neither
          []                                                             | CORRUPT | not a JSON object
          {                                                              | CORRUPT | not valid JSON
          {"manifests":[{"digest":"$D","size":-1}]}                      | CORRUPT | negative
          {"manifests":[{"digest":"$D"}]}                                | CORRUPT | without a size
          {"manifests":[{"digest":"md5:00","size":1}]}                   | CORRUPT | bad entry
          {"manifests":[{"digest":"$D","size":1.5}]}                     | CORRUPT | without a size
          {"config":{"digest":"$D","size":1},"layers":{}}                | CORRUPT | no list
          """)
  void refusals(String json, Kind kind, String message) {
    assertThatThrownBy(() -> Document.parse(utf8(json), ""))
        .isInstanceOfSatisfying(GraftException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  @Test
  void depthAndLengthAreBounded() {
    String deep = "[".repeat(5000) + "]".repeat(5000);
    assertThatThrownBy(() -> Document.parse(utf8("{\"manifests\":" + deep + "}"), ""))
        .isInstanceOf(GraftException.class);
    String entry = "{\"digest\":\"" + D + "\",\"size\":1}";
    assertThatThrownBy(() ->
            Document.parse(
                utf8("{\"manifests\":[" + (entry + ",").repeat(10_001) + entry + "]}"), ""))
        .hasMessageContaining("too long");
  }

  private static Descriptor on(String platform) {
    return new Descriptor(
        MediaTypes.OCI_MANIFEST,
        Digest.of(utf8(platform)),
        1,
        Map.of(),
        platform.isEmpty() ? Optional.empty() : Optional.of(Platform.parse(platform)));
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64 linux/arm64,                    linux/arm64,  linux/arm64",
    "linux/arm/v6 linux/arm/v7 linux/arm,        linux/arm/v7, linux/arm/v7",
    "linux/arm/v6 linux/arm,                     linux/arm/v7, linux/arm",
    "linux/arm/v6,                               linux/arm/v7, none",
    "linux/arm/v6 linux/arm/v7,                  linux/arm,    linux/arm/v6",
    "unknown/unknown linux/amd64,                linux/amd64,  linux/amd64",
    "unknown/unknown,                            linux/amd64,  none",
    "windows/amd64,                              linux/amd64,  none",
    "linux/arm64/v8,                             linux/arm64,  linux/arm64"
  })
  void thePlatformDecides(String offered, String wanted, String expected) {
    List<Descriptor> all = new ArrayList<>();
    for (String p : offered.split(" ")) {
      all.add(on(p));
    }
    Optional<Platform> found =
        Index.create(all, Map.of()).select(Platform.parse(wanted)).flatMap(Descriptor::platform);
    assertThat(found.map(Platform::toString).orElse("none")).isEqualTo(expected);
  }

  @Test
  void oneManifestWithoutAPlatformServesAny() {
    Index index = Index.create(List.of(on("")), Map.of());
    assertThat(index.select(new Platform("linux", "s390x"))).contains(on(""));
  }

  @Test
  void whatIsCreatedIsParsed() {
    Descriptor layer =
        new Descriptor(
            MediaTypes.OCI_LAYER, Digest.parse(D), 7, Map.of("a", "b"), Optional.empty());
    Manifest manifest = Manifest.create(on(""), List.of(layer), Map.of("k", "v", "a", "z"));
    assertThat(Document.parse(manifest.raw().bytes(), "")).isEqualTo(manifest);
    Index index = Index.create(List.of(on("linux/arm/v7"), on("")), Map.of("x", "y"));
    assertThat(Document.parse(index.raw().bytes(), "")).isEqualTo(index);
  }

  @Test
  void aConfigWithAllThatDockerWrites() {
    ImageConfig config =
        ImageConfig.parse(
            utf8(
                """
                {"architecture":"arm64","variant":"v8","os":"linux","author":"me",
                 "created":"2026-01-02T03:04:05.123456789+01:00",
                 "config":{"User":"u","Env":["A=b"],"Entrypoint":[],"Cmd":null,"WorkingDir":"/w",
                   "Labels":{"l":"1"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},
                   "StopSignal":"SIGINT","Shell":["/s"],"OnBuild":["RUN x"],"ArgsEscaped":true,
                   "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000,"Retries":3}},
                 "rootfs":{"type":"layers","diff_ids":["$D"]},
                 "history":[{"created_by":"x","empty_layer":true},{"comment":"c"}]}
                """));
    assertThat(config.platform()).isEqualTo(new Platform("linux", "arm64"));
    assertThat(config.created()).contains(Instant.parse("2026-01-02T02:04:05.123456789Z"));
    assertThat(config.chainIds()).containsExactly(Digest.parse(D));
    assertThat(config.id()).isEqualTo(config.raw().digest());
    Settings s = config.config();
    assertThat(s.entrypoint()).contains(List.of());
    assertThat(s.cmd()).isEmpty();
    assertThat(s.labels()).containsEntry("l", "1");
    assertThat(s.exposedPorts()).containsExactly("80/tcp");
    assertThat(s.volumes()).containsExactly("/v");
    assertThat(s.argsEscaped()).isTrue();
    assertThat(s.healthcheck())
        .contains(
            new Healthcheck(
                List.of("CMD", "x"),
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ZERO,
                Duration.ZERO,
                3));
    assertThat(config.history().getFirst().emptyLayer()).isTrue();
  }

  @Test
  void chainIds() {
    Digest a = Digest.of(utf8("a"));
    Digest b = Digest.of(utf8("b"));
    ImageConfig config =
        ImageConfig.parse(utf8("{\"rootfs\":{\"diff_ids\":[\"" + a + "\",\"" + b + "\"]}}"));
    assertThat(config.chainIds()).containsExactly(a, Digest.of(utf8(a + " " + b)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          []                                          | not a JSON object
          {"rootfs":{"diff_ids":["x"]}}               | broken diffID
          {"rootfs":{"diff_ids":[1]}}                 | broken diffID
          """)
  void brokenConfigs(String json, String message) {
    assertThatThrownBy(() -> ImageConfig.parse(utf8(json)))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(message);
  }

  @Test
  void oddConfigsAreReadAsFarAsTheyGo() {
    assertThat(
            ImageConfig.parse(utf8("{\"config\":7,\"history\":{},\"created\":\"soon\"}")).config())
        .isEqualTo(Settings.EMPTY);
  }
}
