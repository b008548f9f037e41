package graft.recipe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.image.Attestation;
import graft.image.PackageUrl;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Where an image comes from, as a predicate of SLSA provenance in the form that BuildKit gives it.
/// A pure function of the recipe.
///
/// Source: SLSA provenance v0.2 and v1.1; BuildKit, docs/attestations/slsa-definitions.md; the
/// documents of dockerd 28.5.
///
/// @param mode how much is told: `MIN` has no values of build arguments, no secrets' ids, no steps
/// @param version of the form
/// @param builderId a URL of whoever built it; empty if there is none
/// @param reproducible whether the author says that the result is the same each time
public record Provenance(Mode mode, Version version, String builderId, boolean reproducible) {
  public enum Mode {
    MIN,
    MAX
  }

  public enum Version {
    V02("https://slsa.dev/provenance/v0.2"),
    V1("https://slsa.dev/provenance/v1");

    private final String predicateType;

    Version(String predicateType) {
      this.predicateType = predicateType;
    }

    public String predicateType() {
      return predicateType;
    }
  }

  private static final String BUILDKIT = "https://mobyproject.org/buildkit@v1";
  private static final String DEFINITIONS =
      "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md";

  /// From the attributes of `--attest type=provenance,…`.
  ///
  /// @throws GraftException INVALID
  public static Provenance of(Map<String, String> attributes) {
    Mode mode =
        switch (attributes.getOrDefault("mode", "min").toLowerCase(Locale.ROOT)) {
          case "min" -> Mode.MIN;
          case "max" -> Mode.MAX;
          default ->
              throw GraftException.invalid(
                  "invalid mode of provenance: " + attributes.get("mode") + "; it is min or max");
        };
    Version version =
        switch (attributes.getOrDefault("version", "v0.2")) {
          case "v0.2" -> Version.V02;
          case "v1" -> Version.V1;
          default ->
              throw GraftException.invalid(
                  "invalid SLSA provenance version: "
                      + attributes.get("version")
                      + "; it is v0.2 or v1");
        };
    return new Provenance(
        mode,
        version,
        attributes.getOrDefault("builder-id", ""),
        attributes.getOrDefault("reproducible", "false").equals("true"));
  }

  /// @param invocation what the client calls the build
  public Attestation attestation(Recipe.Build recipe, String invocation) {
    ObjectNode root = Json.MAPPER.createObjectNode();
    switch (version) {
      case V02 -> old(root, recipe, invocation);
      case V1 -> now(root, recipe, invocation);
    }
    return new Attestation(version.predicateType(), Json.bytes(root));
  }

  private void old(ObjectNode root, Recipe.Build recipe, String invocation) {
    root.putObject("builder").put("id", builderId);
    root.put("buildType", BUILDKIT);
    root.set("materials", materials(recipe));
    ObjectNode call = root.putObject("invocation");
    call.set("configSource", config(recipe, "entryPoint"));
    call.set("parameters", parameters(recipe));
    call.putObject("environment").put("platform", Platform.host().toString());
    if (mode == Mode.MAX) {
      root.putObject("buildConfig").set("llbDefinition", new BuildSteps(recipe).definition());
    }
    ObjectNode metadata = root.putObject("metadata");
    metadata.put("buildInvocationID", invocation);
    metadata.put("buildStartedOn", recipe.started().toString());
    metadata.put("buildFinishedOn", recipe.finished().toString());
    metadata
        .putObject("completeness")
        .put("parameters", hasAllParameters(recipe))
        .put("environment", true)
        .put("materials", isComplete(recipe));
    metadata.put("reproducible", reproducible);
    metadata.set(BUILDKIT + "#metadata", source(recipe));
    if (isHermetic(recipe)) {
      metadata.put(BUILDKIT + "#hermetic", true);
    }
  }

  private void now(ObjectNode root, Recipe.Build recipe, String invocation) {
    ObjectNode definition = root.putObject("buildDefinition");
    definition.put("buildType", DEFINITIONS);
    definition.set("resolvedDependencies", materials(recipe));
    ObjectNode external = definition.putObject("externalParameters");
    external.set("configSource", config(recipe, "path"));
    external.set("request", parameters(recipe));
    ObjectNode internal = definition.putObject("internalParameters");
    if (mode == Mode.MAX) {
      internal.putObject("buildConfig").set("llbDefinition", new BuildSteps(recipe).definition());
    }
    internal.put("builderPlatform", Platform.host().toString());
    ObjectNode details = root.putObject("runDetails");
    details.putObject("builder").put("id", builderId);
    ObjectNode metadata = details.putObject("metadata");
    metadata.put("invocationId", invocation);
    metadata.put("startedOn", recipe.started().toString());
    metadata.put("finishedOn", recipe.finished().toString());
    metadata.set("buildkit_metadata", source(recipe));
    if (isHermetic(recipe)) {
      metadata.put("buildkit_hermetic", true);
    }
    metadata
        .putObject("buildkit_completeness")
        .put("request", hasAllParameters(recipe))
        .put("resolvedDependencies", isComplete(recipe));
    if (reproducible) {
      metadata.put("buildkit_reproducible", true);
    }
  }

  // ---- materials

  /// Those of the builds it stands on are its own.
  private static ArrayNode materials(Recipe.Build recipe) {
    Map<String, ObjectNode> images = new TreeMap<>();
    Map<String, ObjectNode> repositories = new TreeMap<>();
    Map<String, ObjectNode> files = new TreeMap<>();
    for (Recipe.Build one : all(recipe).toList()) {
      for (Recipe.Base base : one.bases()) {
        if (base instanceof Recipe.Base.Image image) {
          put(
              images,
              PackageUrl.of(Reference.parse(image.reference()), image.platform()),
              image.index().orElse(image.manifest()));
        }
      }
      for (Recipe.Source source : one.sources()) {
        switch (source.origin()) {
          case Recipe.Source.Origin.Local _ -> {}
          case Recipe.Source.Origin.Git git ->
              repositories.put(git.url(), material(git.url(), "sha1", git.commit()));
          case Recipe.Source.Origin.Http http -> put(files, http.url(), http.content());
        }
      }
    }
    ArrayNode list = Json.MAPPER.createArrayNode();
    list.addAll(images.values()).addAll(repositories.values()).addAll(files.values());
    return list;
  }

  private static void put(Map<String, ObjectNode> into, String uri, Digest digest) {
    into.put(uri, material(uri, digest.algorithm(), digest.hex()));
  }

  private static ObjectNode material(String uri, String algorithm, String hex) {
    ObjectNode one = Json.MAPPER.createObjectNode();
    one.put("uri", uri);
    one.putObject("digest").put(algorithm, hex);
    return one;
  }

  private static Stream<Recipe.Build> all(Recipe.Build recipe) {
    return Stream.concat(
        Stream.of(recipe),
        recipe.bases().stream()
            .flatMap(b -> b instanceof Recipe.Base.Result r ? all(r.recipe()) : Stream.empty()));
  }

  /// A directory of a client has no digest that anybody could look for.
  private static boolean isComplete(Recipe.Build recipe) {
    return all(recipe)
        .flatMap(r -> r.sources().stream())
        .noneMatch(s -> s.origin() instanceof Recipe.Source.Origin.Local);
  }

  private boolean hasAllParameters(Recipe.Build recipe) {
    return mode == Mode.MAX || (recipe.arguments().isEmpty() && recipe.labels().isEmpty());
  }

  private static boolean isHermetic(Recipe.Build recipe) {
    return isComplete(recipe) && runs(recipe).allMatch(r -> r.network().equals("NONE"));
  }

  private static Stream<Recipe.Action.Run> runs(Recipe.Build recipe) {
    return all(recipe)
        .flatMap(r -> r.stages().stream())
        .flatMap(s -> s.steps().stream())
        .flatMap(
            s -> s.action() instanceof Recipe.Action.Run run ? Stream.of(run) : Stream.empty());
  }

  // ---- what was asked for

  private static Optional<Recipe.Source.Origin> context(Recipe.Build recipe) {
    return recipe.sources().stream()
        .filter(s -> s.use().equals(new Recipe.Source.Use.Context("")))
        .map(Recipe.Source::origin)
        .findFirst();
  }

  private static ObjectNode config(Recipe.Build recipe, String entry) {
    ObjectNode config = Json.MAPPER.createObjectNode();
    switch (context(recipe).orElse(new Recipe.Source.Origin.Local())) {
      case Recipe.Source.Origin.Local _ -> {}
      case Recipe.Source.Origin.Git git -> config.setAll(material(git.url(), "sha1", git.commit()));
      case Recipe.Source.Origin.Http http ->
          config.setAll(material(http.url(), http.content().algorithm(), http.content().hex()));
    }
    return config.put(entry, recipe.dockerfile().path());
  }

  private ObjectNode parameters(Recipe.Build recipe) {
    ObjectNode parameters = Json.MAPPER.createObjectNode();
    parameters.put("frontend", recipe.frontend().name());
    Map<String, String> args = new TreeMap<>();
    if (!recipe.target().isEmpty()) {
      args.put("target", recipe.target());
    }
    if (mode == Mode.MAX) {
      recipe.arguments().forEach((name, value) -> args.put("build-arg:" + name, value));
      recipe.labels().forEach((name, value) -> args.put("label:" + name, value));
    }
    if (!args.isEmpty()) {
      ObjectNode all = parameters.putObject("args");
      args.forEach(all::put);
    }
    if (mode == Mode.MAX) {
      ids(recipe, "secret", parameters, "secrets");
      ids(recipe, "ssh", parameters, "ssh");
    }
    List<String> locals = new ArrayList<>();
    for (Recipe.Source source : recipe.sources()) {
      if (source.origin() instanceof Recipe.Source.Origin.Local
          && source.use() instanceof Recipe.Source.Use.Context(String name)) {
        locals.add(name.isEmpty() ? "context" : name);
      }
    }
    if (context(recipe).filter(o -> !(o instanceof Recipe.Source.Origin.Local)).isEmpty()) {
      locals.add("dockerfile");
    }
    if (!locals.isEmpty()) {
      ArrayNode list = parameters.putArray("locals");
      locals.stream().sorted().forEach(name -> list.addObject().put("name", name));
    }
    return parameters;
  }

  private static void ids(Recipe.Build recipe, String type, ObjectNode into, String field) {
    List<String> ids =
        runs(recipe)
            .flatMap(r -> r.mounts().stream())
            .filter(m -> m.type().equals(type))
            .map(Recipe.Mount::id)
            .distinct()
            .sorted()
            .toList();
    if (!ids.isEmpty()) {
      ArrayNode list = into.putArray(field);
      ids.forEach(id -> list.addObject().put("id", id));
    }
  }

  /// The Dockerfile, and which of its lines each step is.
  private ObjectNode source(Recipe.Build recipe) {
    ObjectNode metadata = Json.MAPPER.createObjectNode();
    if (mode == Mode.MAX) {
      ObjectNode source = metadata.putObject("source");
      source.set("locations", new BuildSteps(recipe).locations());
      source
          .putArray("infos")
          .addObject()
          .put("filename", recipe.dockerfile().path())
          .put("language", "Dockerfile")
          .put("data", recipe.dockerfile().data());
    }
    return metadata;
  }
}
