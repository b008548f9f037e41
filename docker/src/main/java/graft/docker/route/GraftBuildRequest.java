package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import graft.build.BuildRequest;
import graft.build.BuildRequest.DockerfileSource;
import graft.build.BuildRequest.NoCache;
import graft.build.BuildRequest.Pull;
import graft.build.BuildRequest.RunOptions;
import graft.build.BuildRequest.Source;
import graft.build.ImageExport;
import graft.build.ImageForm;
import graft.docker.buildkit.CacheOptions;
import graft.docker.buildkit.ExporterOptions;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The line of JSON with which the body of `POST /graft/v1/build` begins.
///
/// @param call what is asked of the Dockerfile instead of building it; empty to build
/// @param verify it is built twice without the cache, and what differs is told
/// @param exports what becomes of the result
/// @param caches that are written as well
/// @param directories of which only some files came with the request; the client is asked for the
///   rest if it is needed
/// @param secrets ids of those the client has; it is asked for the values that are needed
/// @param agents ids of those the client has
record GraftBuildRequest(
    BuildRequest build,
    String call,
    boolean verify,
    List<Export> exports,
    List<CacheOptions.To> caches,
    Set<String> directories,
    Set<String> secrets,
    Set<String> agents) {
  static final int LONGEST = 16 << 20;

  GraftBuildRequest {
    exports = List.copyOf(exports);
    caches = List.copyOf(caches);
    directories = Set.copyOf(directories);
    secrets = Set.copyOf(secrets);
    agents = Set.copyOf(agents);
  }

  sealed interface Export {
    /// Kept here, pushed, or both.
    record Image(ImageExport image) implements Export {}

    /// The image as files in a tar.
    ///
    /// @param type `docker` or `oci`
    record Archive(String type, List<Reference> names, ImageForm form) implements Export {
      public Archive {
        names = List.copyOf(names);
      }
    }

    /// The merged file system, as a tar for each platform.
    record Files() implements Export {}
  }

  static GraftBuildRequest read(InputStream body, String id) throws IOException {
    JsonNode json = Json.object(line(body), "the request to build");
    Fields fields = Fields.of(json);
    BuildRequest build = build(json, fields, id);
    List<Export> exports = new ArrayList<>();
    for (Fields export : fields.objects("exports")) {
      exports.add(export(export, build));
    }
    return new GraftBuildRequest(
        build,
        fields.text("call"),
        fields.flag("verify"),
        exports,
        CacheOptions.writes(maps(json.path("cacheTo"))),
        Set.copyOf(fields.texts("directories")),
        Set.copyOf(fields.texts("secrets")),
        Set.copyOf(fields.texts("agents")));
  }

  private static byte[] line(InputStream body) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = body.read(); b != '\n'; b = body.read()) {
      if (b < 0 || line.size() > LONGEST) {
        throw GraftException.invalid("the body of a build begins with a line of JSON");
      }
      line.write(b);
    }
    return line.toByteArray();
  }

  /// Refuses, before anything is built, what cannot be done with it.
  private static Export export(Fields export, BuildRequest build) {
    String type = export.text("type");
    ExporterOptions options =
        ExporterOptions.of(
            type, export.map("attributes"), build.platforms().size() > 1, build.sourceDateEpoch());
    return switch (type) {
      case "image" -> new Export.Image(options.image());
      case "docker", "oci" -> new Export.Archive(type, options.names(), options.file());
      case "files" -> new Export.Files();
      default -> throw GraftException.invalid("builds have no export \"" + type + "\"");
    };
  }

  private static BuildRequest build(JsonNode json, Fields fields, String id) {
    Map<String, Optional<String>> arguments = new LinkedHashMap<>();
    json.path("arguments")
        .properties()
        .forEach(e ->
            arguments.put(
                e.getKey(),
                e.getValue().isNull() ? Optional.empty() : Optional.of(e.getValue().asText())));
    Map<String, Source> contexts = new HashMap<>();
    json.path("contexts")
        .properties()
        .forEach(e -> contexts.put(e.getKey(), source(e.getValue().asText())));
    String file = fields.text("dockerfile").isEmpty() ? "Dockerfile" : fields.text("dockerfile");
    String remote = fields.text("remote");
    List<String> uncached = fields.texts("noCacheStages");
    NoCache noCache =
        fields.flag("noCache") || fields.flag("verify")
            ? new NoCache.Everything()
            : uncached.isEmpty() ? new NoCache.Nothing() : new NoCache.Stages(uncached);
    return new BuildRequest(
        id,
        remote.isEmpty() ? new Source.Local("context") : source(remote),
        contexts,
        new DockerfileSource(
            file,
            fields.flag("ownDockerfile")
                ? Optional.of(new Source.Local("dockerfile"))
                : Optional.empty(),
            Optional.empty()),
        fields.text("target"),
        arguments,
        fields.map("labels"),
        fields.texts("platforms").stream().filter(p -> !p.isEmpty()).map(Platform::parse).toList(),
        noCache,
        fields.flag("pull") ? Pull.ALWAYS : Pull.MISSING,
        run(fields),
        fields.map("annotations"),
        BuildQuery.epoch(arguments),
        attestations(json),
        CacheOptions.caches(maps(json.path("cacheFrom")), maps(json.path("cacheTo"))));
  }

  private static List<Map<String, String>> maps(JsonNode list) {
    List<Map<String, String>> all = new ArrayList<>();
    for (JsonNode one : list) {
      Map<String, String> map = new HashMap<>();
      one.properties().forEach(e -> map.put(e.getKey(), e.getValue().asText()));
      all.add(map);
    }
    return all;
  }

  /// `{"provenance": {"mode": "max"}}`.
  private static Map<String, Map<String, String>> attestations(JsonNode json) {
    Map<String, Map<String, String>> all = new HashMap<>();
    for (Map.Entry<String, JsonNode> one : json.path("attestations").properties()) {
      if (!Set.of("provenance", "sbom").contains(one.getKey())) {
        throw GraftException.invalid("there are no attestations of type " + one.getKey());
      }
      Map<String, String> attributes = new HashMap<>();
      one.getValue().properties().forEach(e -> attributes.put(e.getKey(), e.getValue().asText()));
      all.put(one.getKey(), attributes);
    }
    return all;
  }

  /// `local:` is a directory in the tar.
  private static Source source(String text) {
    if (text.startsWith("local:")) {
      return new Source.Local(text.substring("local:".length()));
    }
    if (text.startsWith("docker-image://")) {
      return new Source.Image(Reference.parse(text.substring("docker-image://".length())));
    }
    return BuildQuery.remote(text);
  }

  private static RunOptions run(Fields f) {
    return new RunOptions(
        f.text("network").isEmpty() ? "default" : f.text("network"),
        f.texts("hosts"),
        f.texts("ulimits"),
        f.number("shmSize"),
        f.text("cgroupParent"),
        "",
        f.number("memory"),
        f.number("memorySwap"),
        f.number("cpuShares"),
        f.number("cpuPeriod"),
        f.number("cpuQuota"),
        f.text("cpusetCpus"),
        f.text("cpusetMems"),
        f.texts("entitlements"));
  }
}
