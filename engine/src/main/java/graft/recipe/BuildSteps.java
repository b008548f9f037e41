package graft.recipe;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Json;
import graft.oci.Platform;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The steps of a recipe in the words of BuildKit's low-level build graph, as provenance with
/// `mode=max` lists them: sources, runs and copies that name the steps they take something from.
///
/// Source: BuildKit, docs/attestations/slsa-definitions.md, and the documents of dockerd 28.5.
final class BuildSteps {
  private static final int SECRET = 1;
  private static final int SSH = 2;
  private static final int CACHE = 3;
  private static final int TMPFS = 4;

  private final Recipe.Build recipe;
  private final ArrayNode definition = Json.MAPPER.createArrayNode();
  private final ObjectNode locations = Json.MAPPER.createObjectNode();

  /// Ids of steps by what they are the source of.
  private final Map<String, String> sources = new LinkedHashMap<>();

  /// Of the last step of a stage, by its index, and by its name.
  private final Map<Integer, String> ends = new HashMap<>();

  private final Map<String, Integer> names = new HashMap<>();

  BuildSteps(Recipe.Build recipe) {
    this.recipe = recipe;
    recipe.stages().forEach(this::stage);
    if (!recipe.stages().isEmpty()) {
      String last = ends.getOrDefault(recipe.stages().getLast().index(), "");
      ObjectNode end = step(last.isEmpty() ? List.of() : List.of(last));
      end.putObject("op").putObject("Op");
    }
  }

  ArrayNode definition() {
    return definition;
  }

  /// Lines of the Dockerfile by step.
  ObjectNode locations() {
    return locations;
  }

  private String id(ObjectNode step) {
    return step.path("id").asText();
  }

  private ObjectNode step(List<String> inputs) {
    ObjectNode step = definition.addObject();
    step.put("id", "step" + (definition.size() - 1));
    if (!inputs.isEmpty()) {
      ArrayNode all = step.putArray("inputs");
      inputs.forEach(i -> all.add(i + ":0"));
    }
    return step;
  }

  private void located(ObjectNode step, int first, int last) {
    ObjectNode range =
        locations
            .putObject(id(step))
            .putArray("locations")
            .addObject()
            .putArray("ranges")
            .addObject();
    range.putObject("start").put("line", first);
    range.putObject("end").put("line", last);
  }

  private ObjectNode op(ObjectNode step, Optional<Platform> platform) {
    ObjectNode op = step.putObject("op");
    ObjectNode inner = op.putObject("Op");
    platform.ifPresent(p -> {
      ObjectNode of = op.putObject("platform");
      of.put("Architecture", p.architecture()).put("OS", p.os());
      p.variantIfAny().ifPresent(v -> of.put("Variant", v));
    });
    op.putObject("constraints");
    return inner;
  }

  // ---- sources

  private String source(String identifier, Optional<Platform> platform) {
    String known = sources.get(identifier);
    if (known != null) {
      return known;
    }
    ObjectNode step = step(List.of());
    op(step, platform).putObject("source").put("identifier", identifier);
    sources.put(identifier, id(step));
    return id(step);
  }

  /// @param name a stage, an image or a context, as the Dockerfile has it; empty for the context
  /// @return empty for `scratch`
  private Optional<String> from(String name) {
    Integer stage = names.get(name);
    if (stage != null) {
      return Optional.ofNullable(ends.get(stage));
    }
    if (name.equals("scratch")) {
      return Optional.empty();
    }
    for (Recipe.Base base : recipe.bases()) {
      if (base.name().equals(name)) {
        return Optional.of(
            switch (base) {
              case Recipe.Base.Image image ->
                  source(
                      "docker-image://"
                          + image.reference()
                          + "@"
                          + image.index().orElse(image.manifest()),
                      Optional.of(image.platform()));
              case Recipe.Base.Result _ -> source("input://" + name, Optional.empty());
            });
      }
    }
    return Optional.of(context(name));
  }

  private String context(String name) {
    String identifier = "local://" + (name.isEmpty() ? "context" : name);
    for (Recipe.Source s : recipe.sources()) {
      if (s.use().equals(new Recipe.Source.Use.Context(name))) {
        identifier =
            switch (s.origin()) {
              case Recipe.Source.Origin.Local _ -> identifier;
              case Recipe.Source.Origin.Git git -> "git://" + git.url() + "#" + git.commit();
              case Recipe.Source.Origin.Http http -> http.url();
            };
      }
    }
    return source(identifier, Optional.empty());
  }

  // ---- steps

  private void stage(Recipe.Stage stage) {
    Optional<String> at = from(stage.on());
    at.filter(sources::containsValue)
        .filter(id -> !locations.has(id))
        .ifPresent(id -> located(definedAs(id), stage.line(), stage.line()));
    for (Recipe.Step step : stage.steps()) {
      at = add(step, at);
    }
    at.ifPresent(id -> ends.put(stage.index(), id));
    names.put(stage.name(), stage.index());
    names.put(Integer.toString(stage.index()), stage.index());
  }

  private ObjectNode definedAs(String id) {
    for (var one : definition) {
      if (one instanceof ObjectNode step && id(step).equals(id)) {
        return step;
      }
    }
    throw new IllegalStateException("no step " + id);
  }

  private Optional<String> add(Recipe.Step s, Optional<String> at) {
    return switch (s.action()) {
      case Recipe.Action.Configure _ -> at;
      case Recipe.Action.MakeDirectory(String path) -> {
        ObjectNode step = step(at.stream().toList());
        ObjectNode action = action(step, at.isPresent() ? 0 : -1, -1);
        action.putObject("mkdir").put("path", path).put("mode", 0755).put("makeParents", true);
        located(step, s.first(), s.last());
        yield Optional.of(id(step));
      }
      case Recipe.Action.Copy copy -> Optional.of(id(copy(s, copy, at)));
      case Recipe.Action.Run run -> Optional.of(id(run(s, run, at)));
    };
  }

  private ObjectNode action(ObjectNode step, int input, int secondary) {
    ObjectNode action =
        op(step, Optional.empty()).putObject("file").putArray("actions").addObject();
    action.put("input", input).put("secondaryInput", secondary).put("output", 0);
    return action.putObject("Action");
  }

  private ObjectNode copy(Recipe.Step s, Recipe.Action.Copy copy, Optional<String> at) {
    Map<String, Integer> inputs = new LinkedHashMap<>();
    at.ifPresent(id -> inputs.put(id, 0));
    Map<String, String> taken = new LinkedHashMap<>();
    for (String source : copy.sources()) {
      if (!source.startsWith("<<")) {
        Optional<String> of =
            copy.add() && source.contains("://")
                ? Optional.of(source(source, Optional.empty()))
                : from(copy.from());
        of.ifPresent(id -> {
          inputs.putIfAbsent(id, inputs.size());
          taken.put(source, id);
        });
      }
    }
    ObjectNode step = step(List.copyOf(inputs.keySet()));
    ArrayNode actions = op(step, Optional.empty()).putObject("file").putArray("actions");
    for (String source : copy.sources()) {
      ObjectNode action = actions.addObject();
      action
          .put("input", at.isPresent() ? 0 : -1)
          .put("secondaryInput", inputs.getOrDefault(taken.getOrDefault(source, ""), -1))
          .put("output", 0);
      if (source.startsWith("<<")) {
        action.putObject("Action").putObject("mkfile").put("path", copy.destination());
      } else {
        action
            .putObject("Action")
            .putObject("copy")
            .put("src", source)
            .put("dest", copy.destination());
      }
    }
    located(step, s.first(), s.last());
    return step;
  }

  private ObjectNode run(Recipe.Step s, Recipe.Action.Run run, Optional<String> at) {
    Map<String, Integer> inputs = new LinkedHashMap<>();
    at.ifPresent(id -> inputs.put(id, 0));
    ArrayNode mounts = Json.MAPPER.createArrayNode();
    mounts.addObject().put("dest", "/");
    for (Recipe.Mount mount : run.mounts()) {
      ObjectNode one = mounts.addObject();
      Optional<String> of =
          mount.type().equals("bind") || !mount.from().isEmpty()
              ? from(mount.from())
              : Optional.empty();
      of.ifPresent(id -> inputs.putIfAbsent(id, inputs.size()));
      one.put("input", of.map(inputs::get).orElse(-1));
      one.put("dest", mount.target());
      if (!mount.source().isEmpty() && !mount.type().equals("secret")) {
        one.put("selector", mount.source());
      }
      switch (mount.type()) {
        case "secret" -> one.put("mountType", SECRET).putObject("secretOpt").put("ID", mount.id());
        case "ssh" -> one.put("mountType", SSH).putObject("SSHOpt").put("ID", mount.id());
        case "cache" -> one.put("mountType", CACHE).putObject("cacheOpt").put("ID", mount.id());
        case "tmpfs" -> one.put("mountType", TMPFS);
        default -> {}
      }
    }
    ObjectNode step = step(List.copyOf(inputs.keySet()));
    ObjectNode exec = op(step, Optional.of(recipe.platform())).putObject("exec");
    ObjectNode meta = exec.putObject("meta");
    run.arguments().forEach(meta.putArray("args")::add);
    run.environment().forEach(meta.putArray("env")::add);
    meta.put("cwd", s.directory());
    if (!s.user().isEmpty()) {
      meta.put("user", s.user());
    }
    exec.set("mounts", mounts);
    switch (run.network()) {
      case "HOST" -> exec.put("network", 1);
      case "NONE" -> exec.put("network", 2);
      default -> {}
    }
    if (run.security().equals("INSECURE")) {
      exec.put("security", 1);
    }
    located(step, s.first(), s.last());
    return step;
  }
}
