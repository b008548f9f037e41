package graft.build;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildRun.Start;
import graft.image.Attestation;
import graft.image.PackageUrl;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;

/// Where an image comes from, in the form that BuildKit gives it.
///
/// Source: SLSA provenance v0.2; BuildKit, docs/attestations/slsa-provenance.md.
///
/// @param bases the images that were used
record Provenance(
    BuildRequest request,
    Platform platform,
    Instant started,
    Instant finished,
    Collection<Start> bases) {
  /// How the types of all versions begin.
  static final String SLSA = "https://slsa.dev/provenance/";

  private static final String TYPE = SLSA + "v0.2";

  Attestation attestation() {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.putObject("builder").put("id", "");
    root.put("buildType", "https://mobyproject.org/buildkit@v1");
    ArrayNode materials = root.putArray("materials");
    bases.stream()
        .sorted(Comparator.comparing(Start::name))
        .forEach(base -> material(base, materials));
    ObjectNode invocation = root.putObject("invocation");
    invocation.putObject("configSource").put("entryPoint", request.dockerfile().path());
    invocation.putObject("parameters").put("frontend", "dockerfile.v0").putObject("args");
    invocation.putObject("environment").put("platform", Platform.host().toString());
    ObjectNode metadata = root.putObject("metadata");
    metadata.put("buildInvocationID", request.id());
    metadata.put("buildStartedOn", started.toString());
    metadata.put("buildFinishedOn", finished.toString());
    metadata
        .putObject("completeness")
        .put("parameters", false)
        .put("environment", true)
        .put("materials", false);
    metadata.put("reproducible", false);
    return new Attestation(TYPE, Json.bytes(root));
  }

  private void material(Start base, ArrayNode into) {
    Reference name = Reference.parse(base.name());
    Digest digest =
        base.record().digests().stream()
            .flatMap(d -> d.digest().stream())
            .findFirst()
            .orElse(base.record().manifest().digest());
    ObjectNode one = into.addObject();
    one.put("uri", PackageUrl.of(name, platform));
    one.putObject("digest").put(digest.algorithm(), digest.hex());
  }
}
