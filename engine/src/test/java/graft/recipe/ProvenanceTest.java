package graft.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import graft.image.Attestation;
import graft.oci.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProvenanceTest {
  private static JsonNode made(Recipe.Build recipe, String mode, String version) {
    Attestation made =
        Provenance.of(Map.of("mode", mode, "version", version)).attestation(recipe, "call");
    assertThat(made.predicateType()).isEqualTo("https://slsa.dev/provenance/" + version);
    return Json.object(made.predicate(), "provenance");
  }

  private static List<String> fields(JsonNode node) {
    List<String> all = new ArrayList<>();
    node.fieldNames().forEachRemaining(all::add);
    return all;
  }

  /// The fields that dockerd 28.5 has, in its order.
  @Test
  void theFirstForm() {
    JsonNode min = made(Samples.build(), "min", "v0.2");
    assertThat(fields(min))
        .containsExactly("builder", "buildType", "materials", "invocation", "metadata");
    assertThat(min.path("materials").path(0).path("uri").asText())
        .isEqualTo("pkg:docker/debian@12?platform=linux%2Famd64");
    assertThat(min.path("materials").path(0).path("digest").path("sha256").asText())
        .isEqualTo(Samples.digest("index").hex());
    assertThat(min.path("materials").path(1).toString())
        .isEqualTo("{\"uri\":\"https://host/r.git#main\",\"digest\":{\"sha1\":\"0123abcd\"}}");
    assertThat(min.path("invocation").path("configSource").path("entryPoint").asText())
        .isEqualTo("Dockerfile");
    assertThat(min.path("invocation").path("parameters").toString())
        .isEqualTo("{\"frontend\":\"dockerfile.v0\",\"args\":{\"target\":\"final\"}}");
    assertThat(min.path("metadata").path("completeness").toString())
        .isEqualTo("{\"parameters\":false,\"environment\":true,\"materials\":true}");
    assertThat(min.path("metadata").path("https://mobyproject.org/buildkit@v1#metadata")).isEmpty();
    assertThat(min.toString()).doesNotContain("VERSION", "RUN make");
  }

  @Test
  void theFirstFormAtLength() {
    JsonNode max = made(Samples.build(), "max", "v0.2");
    assertThat(max.path("invocation").path("parameters").path("args").toString())
        .isEqualTo("{\"build-arg:VERSION\":\"9\",\"label:label\":\"value\",\"target\":\"final\"}");
    assertThat(max.path("invocation").path("parameters").path("secrets").toString())
        .isEqualTo("[{\"id\":\"s\"}]");
    JsonNode steps = max.path("buildConfig").path("llbDefinition");
    assertThat(steps.path(0).path("op").path("Op").path("source").path("identifier").asText())
        .isEqualTo("docker-image://docker.io/library/debian:12@" + Samples.digest("index"));
    JsonNode exec = steps.path(1).path("op").path("Op").path("exec");
    assertThat(exec.path("meta").path("args").toString())
        .isEqualTo("[\"/bin/sh\",\"-c\",\"make\"]");
    assertThat(exec.path("mounts").path(1).toString())
        .isEqualTo(
            "{\"input\":-1,\"dest\":\"/run/secrets/s\",\"mountType\":1,\"secretOpt\":{\"ID\":\"s\"}}");
    assertThat(steps.path(1).path("inputs").toString()).isEqualTo("[\"step0:0\"]");
    JsonNode copy = steps.path(3);
    assertThat(copy.path("inputs").toString()).isEqualTo("[\"step1:0\",\"step2:0\"]");
    JsonNode source =
        max.path("metadata").path("https://mobyproject.org/buildkit@v1#metadata").path("source");
    assertThat(source.path("locations").path("step1").toString())
        .isEqualTo(
            "{\"locations\":[{\"ranges\":[{\"start\":{\"line\":2},\"end\":{\"line\":3}}]}]}");
    assertThat(source.path("infos").path(0).path("data").asText())
        .isEqualTo(
            java.util.Base64.getEncoder()
                .encodeToString("FROM debian:12\nRUN make\n".getBytes(StandardCharsets.UTF_8)));
    // Each input names a step before.
    for (int i = 0; i < steps.size(); i++) {
      for (JsonNode input : steps.path(i).path("inputs")) {
        assertThat(Integer.parseInt(input.asText().replaceAll("step|:0", ""))).isLessThan(i);
      }
    }
  }

  @Test
  void theSecondForm() {
    JsonNode min = made(Samples.build(), "min", "v1");
    assertThat(fields(min)).containsExactly("buildDefinition", "runDetails");
    assertThat(fields(min.path("buildDefinition")))
        .containsExactly(
            "buildType", "resolvedDependencies", "externalParameters", "internalParameters");
    assertThat(min.path("runDetails").path("metadata").path("invocationId").asText())
        .isEqualTo("call");
    assertThat(min.path("runDetails").path("metadata").path("buildkit_completeness").toString())
        .isEqualTo("{\"request\":false,\"resolvedDependencies\":true}");
    JsonNode max = made(Samples.build(), "max", "v1");
    assertThat(
            max.path("buildDefinition")
                .path("internalParameters")
                .path("buildConfig")
                .path("llbDefinition"))
        .hasSizeGreaterThan(3);
  }

  /// What it stands on belongs to it.
  @Test
  void linkedBuilds() {
    Recipe.Build below = Samples.build();
    Recipe.Build recipe =
        Samples.build(
            "FROM below".getBytes(StandardCharsets.UTF_8),
            List.of(new Recipe.Base.Result("below", below)));
    assertThat(made(recipe, "max", "v1").path("buildDefinition").path("resolvedDependencies"))
        .isEqualTo(made(below, "max", "v1").path("buildDefinition").path("resolvedDependencies"));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    assertThatThrownBy(() -> Provenance.of(Map.of("mode", "most"))).hasMessageContaining("most");
    assertThatThrownBy(() -> Provenance.of(Map.of("version", "v9"))).hasMessageContaining("v9");
  }
}
